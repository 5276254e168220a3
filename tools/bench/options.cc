// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "options.h"

#include <array>
#include <charconv>
#include <string>
#include <system_error>
#include <utility>

namespace bench {
namespace {

constexpr std::array<std::pair<std::string_view, Workload>, 10> kWorkloads{{
    {"pingpong", Workload::kPingpong},
    {"flood", Workload::kFlood},
    {"handshake", Workload::kHandshake},
    {"idle", Workload::kIdle},
    {"local", Workload::kLocal},
    {"ports", Workload::kPorts},
    {"monitors", Workload::kMonitors},
    {"sim", Workload::kSim},
    {"all", Workload::kAll},
    {"crypto", Workload::kCrypto},
}};

constexpr std::array<std::pair<std::string_view, Secure>, 4> kSecures{{
    {"plain", Secure::kPlain},
    {"secret", Secure::kSecret},
    {"key", Secure::kKey},
    {"both", Secure::kBoth},
}};

constexpr std::uint64_t kMaxSize = 8u << 20;  // well below the largest message a node takes
constexpr std::uint64_t kMaxCount = 1'000'000'000;
constexpr std::uint64_t kMaxPairs = 1'000;

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

// The arguments, taken one by one; an option's value is what follows "=" or the next argument.
class Arguments {
 public:
  Arguments(int argc, const char* const* argv) : argc_(argc), argv_(argv) {}

  bool next() {
    if (at_ >= argc_) return false;
    name_ = argv_[at_++];
    value_.reset();
    if (name_.substr(0, 2) != "--") return true;
    if (const std::size_t equals = name_.find('='); equals != std::string_view::npos) {
      value_ = name_.substr(equals + 1);
      name_ = name_.substr(0, equals);
    }
    return true;
  }

  std::string_view name() const { return name_; }

  std::string_view value(const char* expected) {
    if (!value_ && at_ < argc_) value_ = argv_[at_++];
    if (!value_) throw UsageError(std::string(name_) + " needs " + expected);
    return *value_;
  }

  void flag(bool& target) const {
    if (value_) throw UsageError(std::string(name_) + " takes no value, got " + quoted(*value_));
    target = true;
  }

  std::uint64_t number(std::uint64_t max) {
    const std::string range = "a whole number from 1 to " + std::to_string(max);
    const std::string_view text = value(range.c_str());
    std::uint64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (error != std::errc() || end != text.data() + text.size() || n < 1 || n > max) {
      throw UsageError(std::string(name_) + " needs " + range + ", got " + quoted(text));
    }
    return n;
  }

 private:
  int argc_;
  const char* const* argv_;
  int at_ = 1;
  std::string_view name_;
  std::optional<std::string_view> value_;
};

Workload workload_of(std::string_view name) {
  for (const auto& [text, workload] : kWorkloads) {
    if (text == name) return workload;
  }
  throw UsageError("unknown workload " + quoted(name) +
                   ", expected pingpong, flood, handshake, idle, local, ports, monitors, sim, "
                   "floor, all or crypto");
}

Transport transport_of(std::string_view name) {
  if (name == "tcp") return Transport::kTcp;
  if (name == "unix") return Transport::kUnix;
  throw UsageError("--transport needs tcp or unix, got " + quoted(name));
}

Secure secure_of(std::string_view name) {
  for (const auto& [text, secure] : kSecures) {
    if (text == name) return secure;
  }
  throw UsageError("--secure needs plain, secret, key or both, got " + quoted(name));
}

void take(Arguments& arguments, Options& options) {
  const std::string_view name = arguments.name();
  if (name == "--help" || name == "-h") return arguments.flag(options.help);
  if (name == "--pin") return arguments.flag(options.pin);
  if (name == "--spin") return arguments.flag(options.spin);
  if (name == "--json") return arguments.flag(options.json);
  if (name == "--svg") {
    options.svg = arguments.value("a file");
    if (options.svg.empty()) throw UsageError("--svg needs a file");
  } else if (name == "--transport") {
    options.transport = transport_of(arguments.value("tcp or unix"));
  } else if (name == "--secure") {
    options.secure = secure_of(arguments.value("plain, secret, key or both"));
  } else if (name == "--pairs") {
    options.pairs = static_cast<std::uint32_t>(arguments.number(kMaxPairs));
  } else if (name == "--size") {
    options.size = static_cast<std::size_t>(arguments.number(kMaxSize));
  } else if (name == "--n") {
    options.n = arguments.number(kMaxCount);
  } else {
    throw UsageError("unknown option " + quoted(name) + ", see --help");
  }
}

// An option that the workload would not look at is a mistake worth hearing of.
void check(const Options& options) {
  const Workload w = options.workload;
  const bool one_process = w == Workload::kLocal || w == Workload::kPorts ||
                           w == Workload::kMonitors || w == Workload::kSim;
  const bool links_only = w == Workload::kHandshake || w == Workload::kIdle;
  if (options.size && (one_process || links_only)) {
    throw UsageError("--size is for pingpong, flood and all");
  }
  if (options.spin && (one_process || links_only || w == Workload::kFlood)) {
    throw UsageError("--spin is for pingpong and all");
  }
  if (options.secure && one_process) {
    throw UsageError("--secure is for pingpong, flood, handshake, idle and all");
  }
  if (options.transport == Transport::kUnix) {
    if (one_process || links_only) throw UsageError("--transport is for pingpong, flood and all");
    if (options.secure.value_or(Secure::kPlain) != Secure::kPlain) {
      throw UsageError("--secure needs --transport tcp: links over unix sockets are plain");
    }
  }
}

bool is_for_crypto(std::string_view option) {
  for (const char* one : {"--json", "--pin", "--help", "-h"}) {
    if (option == one) return true;
  }
  return false;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options options;
  bool named = false;
  std::string_view other;  // an option that crypto has no use for
  for (Arguments arguments(argc, argv); arguments.next();) {
    const std::string_view name = arguments.name();
    if (name.substr(0, 1) == "-") {
      take(arguments, options);
      if (!is_for_crypto(name)) other = name;
      continue;
    }
    if (name == "floor") {
      options.floor_only = true;
      continue;
    }
    const Workload workload = workload_of(name);
    if (named) throw UsageError("one workload expected, got " + quoted(name) + " too");
    options.workload = workload;
    named = true;
  }
  if (options.workload == Workload::kCrypto) {
    if (options.floor_only) throw UsageError("crypto has no floor");
    if (!other.empty()) {
      throw UsageError(std::string(other) + " is not for crypto, which takes --json and --pin");
    }
  }
  check(options);
  return options;
}

std::string_view name_of(Secure secure) {
  for (const auto& [text, one] : kSecures) {
    if (one == secure) return text;
  }
  return {};
}

std::string_view help_text() {
  return R"(Usage: aemp-bench [floor] [WORKLOAD] [OPTION]...
Measure aemp beside what the kernel and plain C++ allow on the same machine, in the same run.

Workloads:
  pingpong   two processes, one message on the way at a time: round-trip time
  flood      two processes, one-way messages, acknowledged at the end: throughput
  handshake  one process: links over loopback from the connection to "up" on both ends, which
             costs the work of both; the floor is one X25519
  idle       memory per idle link of the node that was dialled
  local      one process: send to a receiver, and ping-pong of two ports
  ports      memory per idle port
  monitors   create, monitor, kill, callback
  sim        a simulated network of 1000 nodes in one process; B/port: memory per idle node
  all        all of the above (the default)
  crypto     ns and MB/s of each primitive and record size, in every way that this processor can do
             it; of the options it takes --json and --pin

Each but crypto is run beside a hand-written counterpart of the same work, the floor; with the word
floor, that one alone.

Options:
  --transport tcp|unix   sockets of pingpong and flood (default tcp, loopback)
  --secure KIND          links of pingpong, flood, handshake and idle beside plain ones: plain (only
                         those), secret (suite 1), key (suite 2), both (suite 3). Default: secret;
                         all of them for handshake and idle. Made for the run, in memory only
  --pin                  one processor for each process
  --spin                 pingpong: only with spinning receivers
  --pairs N              runs of each case, floor and aemp alternating (default 3)
  --size BYTES           payload instead of the workload's own sizes (pingpong, flood)
  --n COUNT              messages, ports or round trips instead of the workload's own count
  --json                 one object per line
  --svg FILE             a picture of the ratios, too
  --help                 this text

Figures are medians over the pairs, those of crypto the best of 60 short runs. x_floor is the median
of the paired ratios aemp / floor: of p50 for pingpong and handshake, of messages per second for
flood, of time for local, monitors and sim, of bytes for ports and idle. x_plain is the same of
encrypted and plain links. allocs_per_msg adds up both processes, after the warm-up. B/port is
resident memory, heap/port what malloc handed out.
Exit status: 0 done, 1 a run failed, 2 usage.
)";
}

}  // namespace bench
