// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "sim/process.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/fill_in.h"
#include "os/signal_role.h"

namespace aemp::sim {

namespace {

// 2026-01-01, in the world that begins at a monotonic time of 1000 s.
constexpr Nanos kEpoch = (1'767'225'600 - 1'000) * kSecond;
constexpr Nanos kTurn = kMicrosecond;

constexpr std::uint64_t bit_of(int signo) { return std::uint64_t{1} << (signo - 1); }

Status no_descriptor(int fd) {
  return Status(Errc::system,
                fill_in("cannot watch descriptor %: it is none of this simulated process", {fd}),
                EBADF);
}

}  // namespace

Status SimPoller::watch(int fd, std::uint64_t token, std::uint8_t interest, bool* added) {
  const SystemCall call;
  SimNet::Descriptor* found = net_.find(fd);
  if (found == nullptr || (found->watched && found->token != token)) return no_descriptor(fd);
  if (added != nullptr) *added = !found->watched;
  found->watched = true;
  found->token = token;
  found->interest = interest;
  process_.ready(fd);
  return {};
}

void SimPoller::unwatch(int fd) {
  if (SimNet::Descriptor* found = net_.find(fd)) found->watched = false;
}

int SimPoller::wait(Nanos timeout, std::span<Ready> ready) {
  const SystemCall call;
  if (!process_.in_turn()) return world_.wait(process_, timeout, ready);
  woken = false;
  return process_.collect(ready);
}

void SimPoller::wake() {
  const SystemCall call;
  woken = true;
  if (!process_.in_turn()) world_.want_run(process_, 0);
}

void SimPoller::arm(Nanos deadline) {
  const SystemCall call;
  armed = deadline;
  if (!process_.in_turn() && deadline != kNever) world_.want_run(process_, deadline);
}

ProcessCore::ProcessCore(World& w, std::string_view machine, std::uint32_t uid)
    : id(w.add(this)),
      world(w),
      memory(*this, mix64(w.seed + id)),
      machine_(w.machine(machine)),
      net_(w, *this),
      poller_(w, *this, net_),
      uid_(uid),
      pid_(static_cast<int>(w.next_pid())),
      wall_(kEpoch) {}

ProcessCore::~ProcessCore() {
  loop_.reset();
  if (!crashed_) net_.end_all(false);
  world.remove(id);
}

Nanos ProcessCore::time() const noexcept { return std::max(world.now(), busy_until_); }

Loop& ProcessCore::loop() {
  if (loop_ == nullptr) {
    auto made = std::make_unique<Loop>(static_cast<Host&>(*this));
    made->fd();  // from now on it tells when it has something to do
    loop_ = std::move(made);
  }
  return *loop_;
}

void ProcessCore::turn() {
  struct Turning {
    ProcessCore& process;
    explicit Turning(ProcessCore& p) : process(p) {
      process.in_turn_ = true;
      ++process.world.turning;
    }
    ~Turning() {
      process.in_turn_ = false;
      --process.world.turning;
    }
  };
  try {
    const Turning turning(*this);
    const Memory::Scope own_code(&memory);
    loop_->run_once(Loop::Nanoseconds(0));
  } catch (const Error& e) {
    // It ended itself; or its owner is running it, and waits for somebody else within a callback.
    if (!crashed_ && e.code() != Errc::busy) throw;
    if (!crashed_) return world.want_run(*this, time() + kMillisecond);
  } catch (const std::bad_alloc&) {
    if (!crashed_) throw;  // else for the sentence that it has ended
  }
  after_turn();
}

void ProcessCore::spend_turn() {
  Nanos cost = kTurn;
  if (world.is_unruly()) cost += static_cast<Nanos>(world.dice().below(10 * kMicrosecond));
  busy_until_ = time() + cost;
}

void ProcessCore::after_turn() {
  spend_turn();
  if (crashed_) return net_.end_all(ending_ == Ending::silently);
  if (poller_.woken || net_.any_ready()) {
    world.want_run(*this, 0);
  } else if (poller_.armed != kNever) {
    Nanos late = 0;
    if (world.is_unruly()) late = static_cast<Nanos>(world.dice().below(kMillisecond));
    world.want_run(*this, add_clamped(poller_.armed, late));
  }
}

int ProcessCore::collect(std::span<Ready> ready) {
  const int count = net_.collect(ready);
  if (count > 0) world.note(this, "ready", static_cast<std::uint64_t>(count), ready[0].token);
  return count;
}

void ProcessCore::ready(int fd) {
  if (fd < 0) return;  // nobody has accepted it yet
  net_.touch(fd);
  if (!in_turn_ && !crashed_) world.want_run(*this, 0);
}

void ProcessCore::consume(Nanos span) {
  busy_until_ = add_clamped(time(), std::max<Nanos>(span, 0));
  world.note(this, "consume", static_cast<std::uint64_t>(span));
}

void ProcessCore::end(bool silently) {
  if (crashed_) return;
  world.note(this, silently ? "vanish" : "crash", id);
  crashed_ = true;
  ending_ = silently ? Ending::silently : Ending::loudly;
  // In its own turn it is dumb and deaf at once, and the rest follows when the turn is over.
  if (!in_turn_) net_.end_all(silently);
}

void ProcessCore::set_stopped(bool on) {
  stopped_ = on;
  world.note(this, on ? "stop" : "cont", id);
  if (on) return;
  const std::uint64_t pending = std::exchange(pending_, 0);
  for (int signo = 1; signo <= kSignals; ++signo) {
    if ((pending & bit_of(signo)) == 0) continue;
    // SIGCONT takes back what would have stopped it.
    if (signal_role(signo) != SignalRole::suspends) deliver(signo);
  }
  world.want_run(*this, 0);
}

void ProcessCore::raise(int signo) {
  if (crashed_ || signo < 1 || signo > kSignals) return;
  const SignalRole role = signal_role(signo);
  if (role == SignalRole::stops) return set_stopped(true);
  if (role == SignalRole::continues) set_stopped(false);
  if (stopped_ && role != SignalRole::kills) {
    pending_ |= bit_of(signo);
    return;
  }
  deliver(signo);
}

void ProcessCore::deliver(int signo) {
  if (crashed_) return;
  if (watches_[signo] > 0) {
    world.note(this, "signal", static_cast<std::uint64_t>(signo));
    arrived_ |= bit_of(signo);
    poller_.wake();
    return;
  }
  switch (signal_role(signo)) {
    case SignalRole::stops:
    case SignalRole::suspends:
      return set_stopped(true);
    case SignalRole::continues:
    case SignalRole::is_ignored:
      return;
    case SignalRole::ends:
    case SignalRole::kills:
      return end(false);
  }
}

bool ProcessCore::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(world.dice().next() >> 32);
  return true;
}

std::optional<std::string> ProcessCore::get(std::string_view name) {
  const SystemCall call;
  const auto found = variables.find(name);
  if (found == variables.end()) return std::nullopt;
  return found->second;
}

Result<std::string> ProcessCore::read(const std::string& path, std::uint32_t* mode) {
  const SystemCall call;
  const auto found = machine_.files.find(path);
  if (found != machine_.files.end()) {
    if (mode != nullptr) *mode = found->second.mode;
    return found->second.text;
  }
  return Status(Errc::system, fill_in("cannot read %: %", {path, errno_text(ENOENT)}), ENOENT);
}

Status ProcessCore::write_atomic(const std::string& path, std::string_view text,
                                 std::uint32_t mode) {
  const SystemCall call;
  if (crashed_) return Status(Errc::system, fill_in("cannot write %", {path}), ESHUTDOWN);
  machine_.files[path] = {std::string(text), mode};
  world.note_text(this, "write file", path);
  return {};
}

Status ProcessCore::append(const std::string& path, std::string_view text, std::uint32_t mode) {
  const SystemCall call;
  if (crashed_) return Status(Errc::system, fill_in("cannot write %", {path}), ESHUTDOWN);
  auto& file = machine_.files.try_emplace(path, Machine::File{std::string(), mode}).first->second;
  file.text.append(text);
  world.note_text(this, "append to file", path);
  return {};
}

// Nobody else runs while a process does.
Result<std::unique_ptr<FileLock>> ProcessCore::lock(const std::string&) {
  return std::make_unique<FileLock>();
}

std::vector<Address> ProcessCore::interfaces() {
  const SystemCall call;
  return {Address::tcp4(127, 0, 0, 1, 0), machine_.ip};
}

Status ProcessCore::watch(int signo) {
  const SystemCall call;
  const SignalRole role = signal_role(signo);
  if (signo < 1 || signo > kSignals || role == SignalRole::kills || role == SignalRole::stops) {
    return Status(Errc::system, fill_in("signal % cannot be caught", {signo}), EINVAL);
  }
  ++watches_[signo];
  return {};
}

void ProcessCore::unwatch(int signo) { --watches_[signo]; }

void ProcessCore::error_line(std::string_view line) {
  const SystemCall call;
  world.note_text(this, "stderr", line);
  lines_.emplace_back(line);
}

}  // namespace aemp::sim
