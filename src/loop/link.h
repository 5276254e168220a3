// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Intrusive circular lists. An object derives from Link<Tag> once for each list that it can be
// in; it leaves the list when destroyed. Nothing here allocates or owns.
#ifndef AEMP_LOOP_LINK_H
#define AEMP_LOOP_LINK_H

namespace aemp {

template <class Tag>
class Link {
 public:
  Link() noexcept : prev_(this), next_(this) {}
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  ~Link() { unlink(); }

  bool linked() const noexcept { return next_ != this; }
  void unlink() noexcept {
    prev_->next_ = next_;
    next_->prev_ = prev_;
    prev_ = next_ = this;
  }

 private:
  template <class T, class U>
  friend class LinkList;

  Link* prev_;
  Link* next_;
};

// T derives from Link<Tag>.
template <class T, class Tag>
class LinkList {
 public:
  bool empty() const noexcept { return !root_.linked(); }
  // `item` must not be linked.
  void push_back(T& item) noexcept {
    Link<Tag>& link = item;
    link.prev_ = root_.prev_;
    link.next_ = &root_;
    root_.prev_->next_ = &link;
    root_.prev_ = &link;
  }
  // The list must not be empty.
  T& pop_front() noexcept {
    Link<Tag>* link = root_.next_;
    link->unlink();
    return static_cast<T&>(*link);
  }
  // Calls visit(T&) for each item; it must not change the list.
  template <class Visit>
  void each(Visit visit) {
    for (Link<Tag>* link = root_.next_; link != &root_; link = link->next_) {
      visit(static_cast<T&>(*link));
    }
  }
  // Takes all items of `other`; this list must be empty.
  void take(LinkList& other) noexcept {
    if (other.empty()) return;
    root_.prev_ = other.root_.prev_;
    root_.next_ = other.root_.next_;
    root_.prev_->next_ = root_.next_->prev_ = &root_;
    other.root_.prev_ = other.root_.next_ = &other.root_;
  }

 private:
  Link<Tag> root_;
};

}  // namespace aemp

#endif  // AEMP_LOOP_LINK_H
