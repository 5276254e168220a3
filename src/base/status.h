// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Status and Result: how inner floors report what went wrong. Values; no exceptions. What the
// program did wrong becomes an aemp::Error at the public surface (raise()).
#ifndef AEMP_BASE_STATUS_H
#define AEMP_BASE_STATUS_H

#include <aemp/error.h>

#include <optional>
#include <string>
#include <utility>

namespace aemp {

// What the system says about an error number, for example "Connection refused".
std::string errno_text(int sys_errno);

class [[nodiscard]] Status {
 public:
  Status() noexcept = default;  // ok
  // `text` is a sentence that names the culprit and what was expected. `sys_errno`: the
  // system's error number, 0 when it was not the system that refused.
  Status(Errc code, std::string text, int sys_errno = 0)
      : failed_(true), code_(code), sys_errno_(sys_errno), text_(std::move(text)) {}

  bool ok() const noexcept { return !failed_; }
  explicit operator bool() const noexcept { return ok(); }
  // The following three are meaningful when not ok().
  Errc code() const noexcept { return code_; }
  int sys_errno() const noexcept { return sys_errno_; }
  const std::string& text() const noexcept { return text_; }

  // Throws this as aemp::Error. Not for an ok status.
  [[noreturn]] void raise() const;
  void raise_if_failed() const {
    if (failed_) raise();
  }

 private:
  bool failed_ = false;
  Errc code_ = Errc::system;
  int sys_errno_ = 0;
  std::string text_;
};

// A T, or the Status that says why there is none.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  // `status` must not be ok.
  Result(Status status) : status_(std::move(status)) {}
  Result(Errc code, std::string text, int sys_errno = 0)
      : status_(code, std::move(text), sys_errno) {}

  bool ok() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return ok(); }

  // Only when ok().
  T& value() noexcept { return *value_; }
  const T& value() const noexcept { return *value_; }
  T& operator*() noexcept { return *value_; }
  const T& operator*() const noexcept { return *value_; }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

  const Status& status() const noexcept { return status_; }

  // The value, or throws the status as aemp::Error.
  T take() {
    if (!value_) status_.raise();
    return std::move(*value_);
  }

 private:
  std::optional<T> value_;
  Status status_;
};

}  // namespace aemp

#endif  // AEMP_BASE_STATUS_H
