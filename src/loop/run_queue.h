// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// RunQueue: what is still to be run on this loop, in order: local messages, kills, deferred
// calls. Records lie in line in a chain of blocks that never move and are recycled:
//
//   block: | record | record | record (running) | record | open record ...      | -> next block
//   record: | ops | size | payload (size bytes): header, then what the Writer wrote | pad to 8 |
//
// Nothing is allocated in the steady state; where memory is refused, std::bad_alloc is thrown and
// nothing has changed. Belongs to its loop's thread.
#ifndef AEMP_LOOP_RUN_QUEUE_H
#define AEMP_LOOP_RUN_QUEUE_H

#include <aemp/writer.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>

namespace aemp {

// What to do with a record. `payload` is aligned to 8 and stays where it is, and readable, until
// the function returned. Either function ends the life of what the payload holds; `run` also
// when it throws. `drop` may be null.
struct JobOps {
  void (*run)(void* payload, std::size_t size);
  void (*drop)(void* payload, std::size_t size);
};

class RunQueue final : public detail::Sink {
 public:
  static constexpr std::size_t kBlockSize = 64 * 1024;
  static constexpr std::size_t kNoLimit = SIZE_MAX / 4;

  RunQueue();
  // Drops what is queued.
  ~RunQueue();
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  // Opens a record at the back. Its payload is `header` and then what is written; the Writer's
  // begin() is behind the header. Only one may be open: see is_open(). `ops` must live for ever.
  // Growing Writer::size() over `limit` throws Error(too_big). Writers ask for a few bytes more
  // than they use, so kSlack bytes over it may pass; who wants it exact looks at the size before
  // commit().
  template <class Header>
  Writer open(const JobOps& ops, const Header& header, std::size_t limit = kNoLimit) {
    static_assert(std::is_trivially_copyable_v<Header> && alignof(Header) <= 8);
    constexpr std::size_t kFixed = sizeof(Record) + sizeof(Header);
    if (static_cast<std::size_t>(tail_->end - tail_->used) < kFixed + kMinRoom) [[unlikely]]
      add_block(kFixed + kMinRoom);
    auto* record = reinterpret_cast<Record*>(tail_->used);
    record->ops = &ops;
    std::uint8_t* payload = payload_of(record);
    ::new (static_cast<void*>(payload)) Header(header);
    open_ = record;
    limit_ = limit + kSlack;
    std::uint8_t* begin = payload + sizeof(Header);
    return Writer(*this, begin, begin, end_for(begin));
  }
  bool is_open() const noexcept { return open_ != nullptr; }
  // Header of the open record. It moves when the record grows.
  void* open_header() noexcept { return payload_of(open_); }
  // Queues the open record as it is now. Needs no memory.
  void commit(Writer& writer) noexcept {
    Record* record = open_;
    const std::size_t size = static_cast<std::size_t>(writer.cur() - payload_of(record));
    open_ = nullptr;
    append(record, size);
  }
  // Takes the open record away without a trace.
  void abort(Writer&) noexcept;
  // Queues a record with this payload, copied as bytes. While a record is open it takes its
  // place behind that one.
  void push(const JobOps& ops, const void* payload, std::size_t size);
  // Queues a record and returns its payload for the caller to fill at once. No record may be
  // open.
  void* place(const JobOps& ops, std::size_t size);

  bool empty() const noexcept { return queued_bytes() == 0; }
  // With the records' own overhead; without an open record.
  std::size_t queued_bytes() const noexcept {
    return full_ + tail_->filled() - static_cast<std::size_t>(head_ - head_block_->data());
  }

  // Runs queued records in order, new ones too, until none is left or `ran` has reached `max`;
  // counts in `ran`. Lets exceptions through; the record that threw is done with.
  void run(std::size_t max, std::size_t& ran);
  // From inside a running record: it did as much as `n` records more, and counts accordingly.
  void weigh(std::size_t n) noexcept { extra_ += n; }
  // Drops what is queued now, and what dropping queues.
  void clear();

  // `fn(arg)` is called once, when something is queued; set again with set_notify(true).
  void on_notify(void (*fn)(void*), void* arg) noexcept {
    notify_fn_ = fn;
    notify_arg_ = arg;
  }
  void set_notify(bool on) noexcept {
    notify_ = on;
    attention_ = notify_ || aside_ != nullptr;
  }

 private:
  static constexpr std::size_t kSlack = 16;
  static constexpr std::size_t kMinRoom = 32;
  static constexpr std::size_t kFirstBlock = 4096;
  static constexpr std::size_t kMinFree = 4;
  static constexpr std::size_t kMaxFree = 64;

  struct Record {
    const JobOps* ops;
    std::size_t size;  // of the payload
  };
  struct Block {
    Block* next;
    Block* prev;
    std::uint8_t* used;  // end of the committed records
    std::uint8_t* end;
    std::uint8_t* data() noexcept { return reinterpret_cast<std::uint8_t*>(this + 1); }
    std::size_t filled() noexcept { return static_cast<std::size_t>(used - data()); }
    bool is_standard() noexcept {
      return end == reinterpret_cast<std::uint8_t*>(this) + kBlockSize;
    }
  };
  static std::uint8_t* payload_of(Record* record) noexcept {
    return reinterpret_cast<std::uint8_t*>(record + 1);
  }
  static std::size_t stride_of(std::size_t size) noexcept {
    return (sizeof(Record) + size + 7) & ~std::size_t{7};
  }
  std::uint8_t* end_for(std::uint8_t* begin) const noexcept {
    const std::size_t room = static_cast<std::size_t>(tail_->end - begin);
    return begin + (room < limit_ ? room : limit_);
  }
  void append(Record* record, std::size_t size) noexcept {
    record->size = size;
    tail_->used += stride_of(size);
    if (attention_) [[unlikely]]
      after_append();
  }

  void grow(Writer& writer, std::size_t need) override;
  void add_block(std::size_t room);
  static Block* make_block(std::size_t size);
  void append_block(Block* block) noexcept;
  void drop_empty(Block* block) noexcept;
  bool next_block() noexcept;
  void recycle(Block* block) noexcept;
  void settle() noexcept;
  void link(Block* block) noexcept;
  void after_append() noexcept;
  void push_aside() noexcept;

  std::uint8_t* head_ = nullptr;  // next record to run
  Block* head_block_ = nullptr;
  Block* tail_ = nullptr;
  std::size_t full_ = 0;   // bytes of records in the blocks before the tail
  std::size_t limit_ = 0;  // of the open record, kSlack included
  std::size_t extra_ = 0;  // what weigh() said during run()
  Record* open_ = nullptr;
  bool attention_ = false;  // after_append() has something to do
  bool notify_ = false;
  Block* aside_ = nullptr;  // a record each, for which there is no place yet; in order
  Block* last_aside_ = nullptr;
  void (*notify_fn_)(void*) = nullptr;
  void* notify_arg_ = nullptr;
  Block* free_ = nullptr;
  std::size_t free_count_ = 0;
  std::size_t taken_ = 0;  // blocks taken since the queue was last empty
};

}  // namespace aemp

#endif  // AEMP_LOOP_RUN_QUEUE_H
