// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The command shell: functions of nodes called, and messages sent, line by line.
#include <aemp/aemp.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.h"
#include "client.h"
#include "commands.h"
#include "line_editor.h"
#include "output.h"
#include "settings.h"
#include "shell_line.h"
#include "terminal.h"

namespace tool {
namespace {

using Words = std::span<const std::string>;

constexpr std::string_view kHelp =
    R"(FUNC ARG...       call a function of this node, print the reply
=                 which nodes there are        =NODE   this node is that one from now on
snd PORT ARG...   send a message               cal PORT ARG...   the same, and print the reply
mon PORT          say when it dies, and why    kil PORT [ARG...] kill it, with this reason
call FUNC ARG...  call a function that is called like one of these words
help, quit        (or ^D); Tab completes; ARG as on the command line, with blanks: 'two words')";

class Shell {
 public:
  Shell(Client& client, const Options& options)
      : client_(client),
        node_(client.node()),
        json_(options.json),
        patience_(client.time_left()),
        here_(client.target()) {
    node_.mon_nodes([this](std::string_view id, bool up, aemp::Message) { on_node(id, up); });
    if (!here_.empty()) node_.mon(node_.node_port(here_), [](aemp::Message) {});
  }

 private:
  // Input.

  // The prompt comes once there is a node to talk to.
  void begin() {
    client_.wait_forever();
    learn_functions();
    if (Terminal::is_there()) {
      terminal_.emplace();
      for (const int signo : {SIGTERM, SIGHUP, SIGINT, SIGQUIT}) {
        client_.loop().signal(signo, [this] { quit(); });
      }
      client_.loop().signal(SIGWINCH, [this] { draw(); });
      input_ = client_.loop().io(STDIN_FILENO, aemp::Events::Readable, [this] { read_keys(); });
      draw();
    } else {
      next_line();
    }
  }

  void read_keys() {
    char bytes[256];
    const ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && errno == EINTR) return;
    if (n <= 0) return quit();
    for (const char byte : std::string_view(bytes, static_cast<std::size_t>(n))) {
      on_key(editor_.feed(byte));
      if (client_.finished()) return;
    }
    draw();
  }

  void on_key(LineEditor::Event event) {
    switch (event) {
      case LineEditor::Event::line: {
        draw();
        Terminal::write("\r\n");
        execute(editor_.take());
        return;
      }
      case LineEditor::Event::complete:
        return complete();
      case LineEditor::Event::interrupt:
        Terminal::write("^C\r\n");
        return editor_.discard();
      case LineEditor::Event::end:
        Terminal::write("\r\n");
        return quit();
      case LineEditor::Event::clear:
        Terminal::write("\x1b[H\x1b[2J");
        return;
      default:
        return;
    }
  }

  // Without a terminal: a line at a time, the next when the one before has its replies.
  void next_line() {
    if (client_.finished() || waiting_ != 0) return;
    const std::size_t end = unread_.find('\n');
    if (end == unread_.npos && !at_end_) return want_input();
    if (unread_.empty()) return quit();
    const std::string line = unread_.substr(0, end);
    unread_.erase(0, end == unread_.npos ? end : end + 1);
    execute(line);
    client_.loop().defer([this] { next_line(); });
  }

  void want_input() {
    try {
      input_ = client_.loop().io(STDIN_FILENO, aemp::Events::Readable, [this] {
        input_.cancel();
        read_more();
      });
    } catch (const aemp::Error&) {
      client_.loop().defer([this] { read_more(); });  // a file, which is always readable
    }
  }

  void read_more() {
    char bytes[4096];
    const ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && errno != EINTR) {
      return client_.fail(std::string("cannot read standard input: ") + std::strerror(errno));
    }
    at_end_ = n == 0;
    if (n > 0) unread_.append(bytes, static_cast<std::size_t>(n));
    next_line();
  }

  // What lines say.

  void execute(const std::string& line) {
    try {
      const std::vector<std::string> words = split_words(line);
      if (!words.empty()) command(words);
    } catch (const UsageError& e) {
      say_wrong(e.what());
    } catch (const aemp::Error& e) {
      say_wrong(e.what());
    }
  }

  void command(Words words) {
    const std::string& verb = words[0];
    const Words rest = words.subspan(1);
    if (verb == "quit" || verb == "exit") return quit();
    if (verb == "help") return say(kHelp);
    if (verb == "=") return list_nodes();
    if (verb.starts_with('=')) return go_to(parse_node(std::string_view(verb).substr(1)));
    if (verb == "snd") return send(rest);
    if (verb == "cal") return call_port(rest);
    if (verb == "mon") return monitor(rest);
    if (verb == "kil") return kill_port(rest);
    if (verb == "call") return call(rest);
    call(words);
  }

  static void need(Words words, std::size_t least, const char* what) {
    if (words.size() < least) throw UsageError(std::string("expected ") + what);
  }

  void call(Words words) {
    need(words, 1, "FUNC ARG...");
    const aemp::OwnedMessage message = parse_message(words.subspan(1));
    ask(node_.node_port(here_), aemp::message(words[0], message));
  }

  void call_port(Words words) {
    need(words, 2, "cal PORT ARG...");
    ask(parse_port(words[0]), parse_message(words.subspan(1)));
  }

  void ask(const aemp::Port& port, const aemp::OwnedMessage& message) {
    ++waiting_;
    node_.cal(
        port,
        [this](const aemp::Reply& reply) {
          --waiting_;
          if (reply.ok()) {
            say(shown(reply.message()));
          } else {
            say_wrong(reason_text(reply.reason()));
          }
          if (!terminal_) next_line();
        },
        patience_, message);
  }

  void send(Words words) {
    need(words, 2, "snd PORT ARG...");
    node_.snd(parse_port(words[0]), parse_message(words.subspan(1)));
  }

  void kill_port(Words words) {
    need(words, 1, "kil PORT [ARG...]");
    node_.kil(parse_port(words[0]), parse_message(words.subspan(1)));
  }

  void monitor(Words words) {
    need(words, 1, "mon PORT");
    const aemp::Port port = parse_port(words[0]);
    node_.mon(port, [this, name = words[0]](aemp::Message reason) {
      say(name + ": " + (reason.empty() ? "normal" : shown(reason)));
    });
  }

  void list_nodes() {
    for (const std::string& id : node_.known_nodes()) {
      if (id == node_.id()) continue;
      const bool up = node_.node_is_up(id).value_or(false);
      say((id == here_ ? "* " : "  ") + id + (up ? "" : "  no link"));
    }
  }

  void go_to(const std::string& id) {
    here_ = id;
    functions_.clear();
    learn_functions();
  }

  void learn_functions() {
    node_.cal(
        node_.node_port(here_),
        [this, of = here_](const aemp::Reply& reply) {
          if (!reply.ok() || of != here_) return;
          functions_.clear();
          for (const aemp::Value name : reply.message()) {
            if (name.kind() == aemp::Kind::text)
              functions_.push_back(printable(name.as<std::string>()));
          }
        },
        patience_, "can");
  }

  void on_node(std::string_view id, bool up) {
    if (!up) {
      if (started_ && id == here_) say("there is no link to " + here_ + " any more");
      return;
    }
    if (started_ || (!here_.empty() && id != here_)) return;
    started_ = true;
    here_ = id;
    begin();
  }

  void complete() {
    const std::string_view before = editor_.before_cursor();
    const std::size_t blank = before.rfind(' ');
    const std::string start(before.substr(blank == before.npos ? 0 : blank + 1));
    const bool first = blank == before.npos;
    std::vector<std::string> words;
    if (first && !start.starts_with('=')) {
      words = functions_;
      for (const char* verb : {"snd", "cal", "mon", "kil", "call", "help", "quit", "info", "time",
                               "up_nodes", "known_nodes", "can"}) {
        words.emplace_back(verb);
      }
    } else {
      for (const std::string& id : node_.known_nodes()) words.push_back((first ? "=" : "") + id);
    }
    std::erase_if(words, [&](const std::string& word) { return !word.starts_with(start); });
    std::sort(words.begin(), words.end());
    const std::string common = common_beginning(words, start);
    editor_.insert(std::string_view(common).substr(start.size()));
    if (words.size() == 1) editor_.insert(" ");
    if (words.size() < 2 || common.size() > start.size()) return;
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : "  ") + word;
    say(line);
  }

  // Output.

  std::string shown(const aemp::Message& message) const {
    return json_ ? printable(message.json()) : plain_line(message);
  }

  void say(std::string_view text) { put(text, false); }
  void say_wrong(std::string_view sentence) {
    failed_ = true;
    put(sentence, true);
  }

  // Above the line that is being typed.
  void put(std::string_view text, bool is_wrong) {
    if (!terminal_) {
      if (is_wrong) return complain(text);
      if (!print_line(text)) client_.fail({});
      return;
    }
    std::string out = is_wrong ? "\r\x1b[Kerror: " + printable(text) : "\r\x1b[K";
    for (const char c : is_wrong ? std::string_view() : text) {
      if (c == '\n') out += '\r';
      out += c;
    }
    if (!Terminal::write(out + "\r\n")) return quit();
    draw();
  }

  void draw() {
    if (!terminal_ || client_.finished()) return;
    if (!Terminal::write(editor_.draw(here_ + "> ", Terminal::columns()))) quit();
  }

  // A script is told whether all went well.
  void quit() {
    if (client_.finished()) return;
    const bool interactive = terminal_.has_value();
    terminal_.reset();
    if (failed_ && !interactive) return client_.fail({});
    client_.done();
  }

  Client& client_;
  aemp::Node& node_;
  const bool json_;
  const std::chrono::nanoseconds patience_;
  std::string here_;  // the node that functions are called of
  std::vector<std::string> functions_;
  std::optional<Terminal> terminal_;
  LineEditor editor_;
  aemp::Watch input_;
  std::string unread_;  // without a terminal
  bool at_end_ = false;
  std::size_t waiting_ = 0;  // for replies
  bool started_ = false;
  bool failed_ = false;
};

}  // namespace

int run_shell(Options& options) {
  need_words(options, 0, 1, "a node");
  Client client(options, options.words.empty() ? "" : parse_node(options.words[0]),
                "it has not answered");
  const Shell shell(client, options);
  return client.run();
}

}  // namespace tool
