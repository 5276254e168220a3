// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Which cases a command line asks for, and how much work each is by default: about half a second of
// it.
#include <aemp/aemp.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "roles.h"
#include "workload.h"

namespace bench {
namespace {

constexpr std::size_t kPingSize = 16;
constexpr std::uint64_t kRoundTrips = 30'000;
constexpr std::uint64_t kHandshakes = 1'000;
constexpr std::uint64_t kLinks = 500;
constexpr std::uint64_t kLocalMessages = 10'000'000;
constexpr std::uint64_t kPorts = 1'000'000;
constexpr std::uint64_t kMonitors = 1'000'000;
constexpr std::uint64_t kSimMessages = 6'000'000;  // a minute of virtual time

std::uint64_t flood_count(std::size_t size) {
  constexpr std::uint64_t kMost = 20'000'000;
  constexpr std::uint64_t kBytes = 3'000'000'000;
  return std::min<std::uint64_t>(kMost, kBytes / (size + 64) + 1);
}

// Far beyond what a working run needs, but in proportion to the work.
std::chrono::seconds limit_for(std::uint64_t n, std::uint64_t slowest_ns) {
  constexpr std::uint64_t kAtLeast = 60;
  return std::chrono::seconds(kAtLeast + n * slowest_ns / 1'000'000'000);
}

// Those that a workload shows all of.
const std::vector<Secure> kEverySecure{Secure::kPlain, Secure::kSecret, Secure::kKey,
                                       Secure::kBoth};

class Cases {
 public:
  explicit Cases(const Options& options)
      : options_(options),
        credentials_{aemp::generate_secret(), aemp::generate_key(), aemp::generate_key()} {}

  void pingpong() { ping("pingpong", Spin::kNo, {aemp_pingpong_client, aemp_pingpong_server}); }

  void spinning_pingpong() {
    ping("pingpong-spin", Spin::kReceive, {aemp_pingpong_client, aemp_pingpong_server});
    ping("pingpong-spin-epoll", Spin::kPoll, {});
  }

  void flood(std::size_t size) {
    const std::uint64_t slowest = 10'000 + 20 * size;
    add("flood", paired(size, flood_count(size), slowest), Ratio::kRate,
        {floor_flood_client, floor_flood_server}, {aemp_flood_client, aemp_flood_server},
        message_secures());
  }

  void floods() {
    if (options_.size) return flood(*options_.size);
    for (const std::size_t size : {16u, 64u, 1024u, 65536u}) flood(size);
  }

  void handshakes() {
    constexpr std::uint64_t kSlowest = 20'000'000;
    add("handshake", paired(0, kHandshakes, kSlowest), Ratio::kP50, {floor_handshake},
        {aemp_handshake}, link_secures());
  }

  void idle_links() {
    constexpr std::uint64_t kSlowest = 50'000'000;
    add("idle", paired(0, kLinks, kSlowest), Ratio::kBytes, {floor_idle},
        {aemp_idle_listener, aemp_idle_dialers}, link_secures());
  }

  void local() {
    Task task = batched(kLocalMessages, kLocalBatch);
    task.size = kLocalPayload;
    add("local", task, Ratio::kTime, {floor_local_send}, {aemp_local_send});
    add("local-pingpong", task, Ratio::kTime, {floor_local_pingpong}, {aemp_local_pingpong});
  }

  void ports() {
    Task task;
    task.n = options_.n.value_or(kPorts);
    task.limit = limit_for(task.n, kSlowestLocal);
    add("ports", task, Ratio::kBytes, {floor_ports}, {aemp_ports});
  }

  void monitors() {
    add("monitors", batched(kMonitors, kMonitorBatch), Ratio::kTime, {floor_monitors},
        {aemp_monitors});
  }

  void sim() {
    add("sim", batched(kSimMessages, kSimNodes), Ratio::kTime, {floor_sim}, {aemp_sim});
  }

  std::vector<Case> take() { return std::move(cases_); }

 private:
  static constexpr std::uint64_t kSlowestLocal = 20'000;

  void ping(const char* name, Spin spin, Variant aemp) {
    constexpr std::uint64_t kSlowest = 1'000'000;
    Task task = paired(options_.size.value_or(kPingSize), kRoundTrips, kSlowest);
    task.spin = spin;
    add(name, task, Ratio::kP50, {floor_pingpong_client, floor_pingpong_server}, aemp,
        message_secures());
  }

  Task paired(std::size_t size, std::uint64_t n, std::uint64_t slowest_ns) const {
    Task task;
    task.transport = options_.transport;
    task.credentials = credentials_;
    task.size = size;
    task.n = options_.n.value_or(n);
    task.warm = task.n / 20 + 1;
    task.limit = limit_for(task.n, slowest_ns);
    return task;
  }

  Task batched(std::uint64_t n, std::uint64_t batch) const {
    const auto whole = [batch](std::uint64_t m) { return (m + batch - 1) / batch * batch; };
    Task task;
    task.n = whole(options_.n.value_or(n));
    task.warm = whole(task.n / 20 + 1);
    task.limit = limit_for(task.n, kSlowestLocal);
    return task;
  }

  // Plain links and those that were asked for.
  std::vector<Secure> beside_plain(Secure secure) const {
    if (secure == Secure::kPlain) return {Secure::kPlain};
    return {Secure::kPlain, secure};
  }
  std::vector<Secure> message_secures() const {
    const bool tcp = options_.transport == Transport::kTcp;
    return beside_plain(options_.secure.value_or(tcp ? Secure::kSecret : Secure::kPlain));
  }
  std::vector<Secure> link_secures() const {
    return options_.secure ? beside_plain(*options_.secure) : kEverySecure;
  }

  void add(const char* name, const Task& task, Ratio ratio, Variant floor, Variant aemp,
           std::vector<Secure> secures = {Secure::kPlain}) {
    if (options_.floor_only) aemp = {};
    cases_.push_back({name, task, ratio, floor, aemp, std::move(secures)});
  }

  const Options& options_;
  Credentials credentials_;
  std::vector<Case> cases_;
};

}  // namespace

std::vector<Case> make_cases(const Options& options) {
  Cases cases(options);
  const Workload w = options.workload;
  const auto wanted = [w](Workload one) { return w == one || w == Workload::kAll; };
  if (wanted(Workload::kPingpong)) {
    if (!options.spin) cases.pingpong();
    if (options.spin || w != Workload::kPingpong) cases.spinning_pingpong();
  }
  if (wanted(Workload::kFlood)) cases.floods();
  const bool tcp = options.transport == Transport::kTcp;
  if (tcp && wanted(Workload::kHandshake)) cases.handshakes();
  if (tcp && wanted(Workload::kIdle)) cases.idle_links();
  if (wanted(Workload::kLocal)) cases.local();
  if (wanted(Workload::kPorts)) cases.ports();
  if (wanted(Workload::kMonitors)) cases.monitors();
  if (wanted(Workload::kSim)) cases.sim();
  return cases.take();
}

}  // namespace bench
