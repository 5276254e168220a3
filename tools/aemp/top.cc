// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command top: the nodes of the network and their links, on a screen that is drawn again and
// again.
#include <aemp/aemp.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"
#include "terminal.h"
#include "top_screen.h"

namespace tool {
namespace {

constexpr std::chrono::milliseconds kShortest{10};
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l";  // the other screen, without a cursor
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";

class Top {
 public:
  Top(Client& client, const Options& options)
      : client_(client),
        node_(client.node()),
        interval_(options.interval.value_or(std::chrono::seconds(2))),
        only_(client.target()) {
    node_.mon_nodes([this](std::string_view id, bool up, aemp::Message) {
      if (up && !terminal_ && (only_.empty() || only_ == id)) begin(std::string(id));
    });
    if (!only_.empty()) node_.mon(node_.node_port(only_), [](aemp::Message) {});
  }
  ~Top() {
    if (terminal_) Terminal::write(kLeave);
  }
  Top(const Top&) = delete;
  Top& operator=(const Top&) = delete;

 private:
  void begin(const std::string& id) {
    client_.wait_forever();
    terminal_.emplace();
    Terminal::write(kEnter);
    for (const int signo : {SIGTERM, SIGHUP, SIGINT, SIGQUIT}) {
      client_.loop().signal(signo, [this] { client_.done(); });
    }
    client_.loop().signal(SIGWINCH, [this] { draw(); });
    client_.loop().io(STDIN_FILENO, aemp::Events::Readable, [this] { read_keys(); });
    rows_[id];
    ask_all();
  }

  void read_keys() {
    char keys[64];
    const ssize_t n = read(STDIN_FILENO, keys, sizeof keys);
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) return client_.done();
    for (const char key : std::string_view(keys, static_cast<std::size_t>(n))) {
      if (key == 'q' || key == 'Q' || key == '\x03' || key == '\x04') return client_.done();
    }
    draw();
  }

  // Those that are silent are asked again and again; those that nobody has a link to are forgotten.
  void ask_all() {
    std::erase_if(rows_, [this](const auto& row) {
      return row.first != only_ && !row.second.answers && !linked_.contains(row.first) &&
             rows_.size() > 1;
    });
    linked_.clear();
    for (const auto& [id, row] : rows_) ask(id);
    next_ = node_.after(interval_, [this] { ask_all(); });
  }

  void ask(const std::string& id) {
    node_.cal(
        node_.node_port(id), [this, id](const aemp::Reply& reply) { on_reply(id, reply); },
        interval_, "stats", kMostPeers);
  }

  void on_reply(const std::string& id, const aemp::Reply& reply) {
    NodeRow& row = rows_[id];
    row.answers = reply.ok();
    if (reply.ok()) note(row, reply.message());
    draw();
  }

  void note(NodeRow& row, const aemp::Message& answer) {
    try {
      NodeSample now = sample_of(answer[0], client_.loop().now().time_since_epoch());
      // Of this command's own node nobody wants to hear.
      std::erase_if(now.peers, [this](const LinkSample& l) { return l.peer == node_.id(); });
      row.before = std::exchange(row.now, std::move(now));
    } catch (const aemp::Error&) {
      row.answers = false;  // it is shown as one that does not answer with figures
      return;
    }
    if (!only_.empty()) return;
    std::vector<std::string> unknown;
    for (const LinkSample& link : row.now.peers) {
      linked_.insert(link.peer);
      if (!rows_.contains(link.peer)) unknown.push_back(link.peer);
    }
    for (const std::string& id : unknown) {
      rows_[id];
      ask(id);
    }
  }

  void draw() {
    if (!terminal_ || client_.finished()) return;
    std::string out = "\x1b[H";
    const auto lines = top_lines(rows_, interval_, Terminal::columns(), Terminal::rows());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      out += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
    }
    out += "\x1b[J";
    if (!Terminal::write(out)) client_.done();
  }

  static constexpr std::uint64_t kMostPeers = 200;

  Client& client_;
  aemp::Node& node_;
  const std::chrono::nanoseconds interval_;
  const std::string only_;  // this node; empty: all that can be found
  NodeRows rows_;
  std::set<std::string> linked_;  // some node has said since they were asked
  std::optional<Terminal> terminal_;
  aemp::Timer next_;
};

}  // namespace

int show_top(Options& options) {
  need_words(options, 0, 1, "a node");
  if (options.json || !Terminal::is_there()) {
    throw UsageError("top: expected a terminal; for programs there is aemp stat --json");
  }
  if (options.interval && *options.interval < kShortest) {
    throw UsageError("top: --interval: expected at least 0.01 seconds");
  }
  Client client(options, options.words.empty() ? "" : parse_node(options.words[0]),
                "it has not answered");
  const Top top(client, options);
  return client.run();
}

}  // namespace tool
