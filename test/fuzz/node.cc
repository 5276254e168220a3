// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// A whole node in a simulated network, an honest node with a link to it, and a stranger that says
// anything on up to four connections, before, within and after the handshake, while time passes
// and the node's own program uses the stranger's ports. The first two bytes choose the
// surroundings, the rest is a list of deeds, see play().
#include <aemp/node.h>
#include <aemp/sim.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "base/address.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "os/host.h"
#include "support/wire_bytes.h"
#include "wire/frame.h"
#include "wire/hello.h"

namespace {

using namespace aemp;
using namespace std::chrono_literals;
using wire_test::Bytes;
using wire_test::operator+;

constexpr std::size_t kSlots = 4;
constexpr std::size_t kMostDeeds = 96;
constexpr std::size_t kMostReason = 64 * 1024;
constexpr std::chrono::milliseconds kMostTime{100'000};

// Takes the input apart; zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  bool at_end() const { return at_ == end_; }
  std::uint8_t byte() { return at_end() ? std::uint8_t{0} : *at_++; }
  Bytes bytes(std::size_t n) {
    n = std::min(n, static_cast<std::size_t>(end_ - at_));
    Bytes out(at_, at_ + n);
    at_ += n;
    return out;
  }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

Bytes frame(std::uint8_t type, const Bytes& body) {
  Bytes head(kFrameHeaderBytes);
  store_frame_header(head.data(), type, body.size());
  return head + body;
}

Bytes greeting() {
  return {kMagic[0], kMagic[1], kMagic[2], kMagic[3], kMajorVersion, kSuitePlain, 0, 0};
}

Bytes hello(const std::string& id, std::uint64_t incarnation) {
  Hello own;
  own.node_id = id;
  own.incarnation = incarnation;
  own.max_message = 1 << 16;
  Bytes body;
  encode_hello(own, body);
  return Bytes{static_cast<std::uint8_t>(body.size() >> 8),
               static_cast<std::uint8_t>(body.size())} +
         body;
}

// A node with what it must keep up whatever comes: an orderly log, and ups and downs that
// alternate.
class Member {
 public:
  Member(sim::Network& net, Config config) : process(net), node(process.loop()) {
    node.on_log([](int, std::string_view line) {
      AEMP_FUZZ_CHECK(line.size() <= 4096);
      for (const char c : line) AEMP_FUZZ_CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    });
    node.mon_nodes([this](std::string_view id, bool up, Message) {
      bool& was_up = up_[std::string(id)];
      AEMP_FUZZ_CHECK(was_up != up);
      was_up = up;
    });
    config.insecure = true;
    config.max_message = kMaxMessage;
    node.configure(config);
  }

  static constexpr std::uint64_t kMaxMessage = 1 << 18;
  sim::Process process;
  Node node;

 private:
  std::map<std::string, bool> up_;
};

struct Surroundings {
  bool unruly, tcp, dials, quick;
  std::uint8_t seed;
  explicit Surroundings(Input& in) {
    const std::uint8_t bits = in.byte();
    unruly = (bits & 1) != 0;
    tcp = (bits & 2) != 0;
    dials = (bits & 4) != 0;
    quick = (bits & 8) != 0;
    seed = in.byte();
  }
  std::string bind() const { return tcp ? "127.0.0.1:4040" : "unix:@victim"; }
  std::string strangers() const { return tcp ? "127.0.0.1:4041" : "unix:@eve"; }
  Config victim() const {
    Config c;
    c.nodeid = "victim";
    c.binds = {bind()};
    if (dials) c.seeds = {strangers()};
    if (quick) c.heartbeat_timeout = 200ms;
    return c;
  }
  Config honest() const {
    Config c;
    c.nodeid = "honest";
    c.private_node();
    c.seeds = {bind()};
    return c;
  }
};

class World {
 public:
  explicit World(const Surroundings& s)
      : net_(s.seed), eve_(net_), bind_(*parse_address(s.bind(), 0)) {
    net_.unruly(s.unruly);
    Result<int> listener = eve().listen(*parse_address(s.strangers(), 0));
    AEMP_FUZZ_CHECK(listener.ok());
    listener_ = *listener;
    std::fill_n(fds_, kSlots, -1);
    victim_ = std::make_unique<Member>(net_, s.victim());
    honest_ = std::make_unique<Member>(net_, s.honest());
    node().define("talk", [this](Port to) {
      node().rcv(node().self(), [](Message) {});
      node().snd(to, "here", node().self());
    });
    target_ = node().port([this](Message m) { heard_ += m.size_bytes(); });
    node().rcv(target_, "echo", [this](Port to, Message rest) { node().snd(to, rest); });
    AEMP_FUZZ_CHECK(net_.run_until([this] { return linked(); }, 60s));
    for (Member* member : {victim_.get(), honest_.get()}) {
      member->node.mon(target_,
                       [](Message reason) { AEMP_FUZZ_CHECK(reason.size_bytes() <= kMostReason); });
    }
    descriptors_ = victim_->process.open_descriptors() - node().stats().dials;
  }

  void play(Input& in) {
    for (std::size_t n = 0; n < kMostDeeds && !in.at_end(); ++n) {
      const std::uint8_t deed = in.byte();
      perform(deed & 7, (deed >> 3) % kSlots, deed >> 5, in);
      pass(1ms);
      const Stats stats = node().stats();
      AEMP_FUZZ_CHECK(victim_->process.open_descriptors() <=
                      descriptors_ + connections_ + stats.dials);
      AEMP_FUZZ_CHECK(stats.links_up <= 1 + connections_ && stats.half_open <= connections_);
    }
  }

  // Once the stranger has gone, all that it had made the node keep has gone too, and an honest
  // message gets through.
  void leave() {
    for (std::size_t slot = 0; slot < kSlots; ++slot) close(slot);
    for (int fd; (fd = eve().accept(listener_, nullptr)) >= 0;) eve().close(fd);
    eve().close(listener_);
    const auto quiet = [this] {
      const Stats stats = node().stats();
      return stats.half_open == 0 && stats.dials == 0 && stats.links_up == 1 && linked() &&
             victim_->process.open_descriptors() == descriptors_;
    };
    AEMP_FUZZ_CHECK(net_.run_until(quiet, 120s));
    bool arrived = false;
    const Port port = node().port([&](Message) { arrived = true; });
    honest_->node.snd(port, "still there?");
    AEMP_FUZZ_CHECK(net_.run_until([&] { return arrived; }, 60s));
    honest_.reset();
    victim_.reset();
    net_.run_for(10s);
    AEMP_FUZZ_CHECK(net_.counts().descriptors == 0);
  }

 private:
  Node& node() { return victim_->node; }
  Net& eve() { return eve_.host().net(); }
  bool linked() {
    return node().node_is_up("honest").value_or(false) &&
           honest_->node.node_is_up("victim").value_or(false);
  }
  static std::string name(std::size_t slot) { return "eve" + std::to_string(slot); }
  // One of the stranger's, its fifth.
  static Port port_of(std::size_t slot) {
    std::string id = name(slot) + '#';
    append_base62(id, slot + 1);
    return *Port::parse(id + ".5");
  }

  void pass(std::chrono::milliseconds span) {
    span = std::min(span, kMostTime - passed_);
    passed_ += span;
    net_.run_for(span);
    std::uint8_t buffer[4096];
    for (const int fd : fds_) {
      while (fd >= 0 && eve().read(fd, buffer).n > 0) {
      }
    }
  }

  void perform(unsigned what, std::size_t slot, unsigned how, Input& in) {
    switch (what) {
      case 0:
        return how == 0 ? connect(slot) : say_much(slot, in);
      case 1:
        return join(slot, how);
      case 2:
        return say(slot, in.bytes(in.byte()));
      case 3: {
        const std::uint8_t type = in.byte();
        return say(slot, frame(type, in.bytes(in.byte())));
      }
      case 4: {
        const int t = in.byte();
        return pass(std::chrono::milliseconds(t < 128 ? t : (t - 127) * 100));
      }
      case 5:
        return part(slot, how);
      case 6:
        return use(slot, how);
      default:
        return answer(slot, how);
    }
  }

  void connect(std::size_t slot) {
    close(slot);
    Result<int> fd = eve().connect(bind_);
    AEMP_FUZZ_CHECK(fd.ok());
    fds_[slot] = *fd;
    ++connections_;
  }

  void join(std::size_t slot, unsigned how) {
    connect(slot);
    pass(1ms);
    const std::string ids[] = {name(slot), "honest", "victim", name(0)};
    say(slot, greeting() + hello(ids[how & 3], (how & 4) != 0 ? 7 : slot + 1));
  }

  // Somebody was dialled: that connection takes the place of the slot's.
  void answer(std::size_t slot, unsigned how) {
    const int fd = eve().accept(listener_, nullptr);
    if (fd < 0) return;
    ++connections_;
    close(slot);
    fds_[slot] = fd;
    if ((how & 1) != 0) return;
    say(slot, hello((how & 2) != 0 ? "honest" : name(slot), slot + 1) +
                  frame(kFrameReady, {0, 0, 0, 0, 0, 0, 0, 1}));
  }

  // All of it, unless the node does not read or has hung up.
  void say(std::size_t slot, const Bytes& bytes) {
    for (std::size_t at = 0, tries = 0; fds_[slot] >= 0 && at < bytes.size() && tries < 64;
         ++tries) {
      const Slice slice{bytes.data() + at, bytes.size() - at};
      const IoResult result = eve().write(fds_[slot], {&slice, 1});
      if (result.n > 0) {
        at += static_cast<std::size_t>(result.n);
      } else if (result.again()) {
        pass(1ms);
      } else {
        return;
      }
    }
  }

  // A frame with a long text at its end.
  void say_much(std::size_t slot, Input& in) {
    const std::uint8_t type = in.byte();
    const std::size_t kilobytes = in.byte();
    const Bytes front = in.bytes(in.byte());
    say(slot, frame(type, front + wire_test::text_item(1024 * kilobytes + 300)));
  }

  void part(std::size_t slot, unsigned how) {
    if ((how & 3) == 1) return fds_[slot] < 0 ? void() : eve().shutdown_write(fds_[slot]);
    if ((how & 3) == 2) return net_.reset(victim_->process, eve_);
    close(slot);
  }

  void close(std::size_t slot) {
    if (fds_[slot] >= 0) eve().close(fds_[slot]);
    fds_[slot] = -1;
  }

  // The node's program.
  void use(std::size_t slot, unsigned how) {
    switch (how) {
      case 0:
        return node().snd(port_of(slot), "hello", target_);
      case 1:
        node().mon(port_of(slot), [](Message reason) { AEMP_FUZZ_CHECK(reason.size() < 1000); });
        return;
      case 2:
        return node().kil(port_of(slot), "enough");
      case 3:
        spawned_ = node().spawn(name(slot), "work", target_, 42);
        node().mon(spawned_, [](Message) {});
        return;
      case 4:
        return node().snd(port_of(slot), std::string(100'000, 'x'));
      case 5:
        node().snd(spawned_ ? spawned_ : port_of(slot), "to the spawned one");
        return;
      case 6:
        node().cal(
            port_of(slot), [](Reply) {}, 500ms, "question");
        return;
      default:
        return honest_->node.snd(target_, "echo", target_, "from afar");
    }
  }

  sim::Network net_;
  sim::Process eve_;
  Address bind_;
  int listener_ = -1;
  int fds_[kSlots];
  std::size_t connections_ = 0;
  std::size_t descriptors_ = 0;
  std::size_t heard_ = 0;
  std::chrono::milliseconds passed_{0};
  Port target_, spawned_;
  std::unique_ptr<Member> victim_, honest_;
};

}  // namespace

AEMP_FUZZ_TARGET(node) {
  Input in(data, size);
  World world{Surroundings(in)};
  world.play(in);
  world.leave();
  return 0;
}
