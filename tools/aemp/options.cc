// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "options.h"

#include <algorithm>
#include <string_view>

#include "commands.h"
#include "settings.h"

namespace tool {
namespace {

class Parser {
 public:
  Parser(int argc, const char* const* argv) : argc_(argc), argv_(argv) {}

  Options parse() {
    options_.program = argc_ > 0 ? argv_[0] : "aemp";
    while (at_ < argc_) {
      const std::string_view word = argv_[at_++];
      if (word == "--" && !literal_) {
        literal_ = true;
      } else if (!literal_ && is_option(word)) {
        split(word);
        option();
        options_.given.emplace_back(name_);
        if (value_) options_.given.back().append("=").append(*value_);
      } else if (options_.command.empty()) {
        options_.command = word;
      } else {
        options_.words.emplace_back(word);
      }
    }
    return std::move(options_);
  }

 private:
  // One dash is for the values of messages: -5. Only where the command stands it begins an option.
  bool is_option(std::string_view word) const {
    if (word == "-d" && runs_node()) return true;
    return word.starts_with("--") || (options_.command.empty() && word.starts_with('-'));
  }

  bool runs_node() const {
    if (options_.command == "run") return true;
    const Command* command = find_command(options_.command);
    const bool has_message =
        command != nullptr && command->synopsis.find("ARG") != command->synopsis.npos;
    const auto& words = options_.words;
    return !has_message && std::find(words.begin(), words.end(), "run") != words.end();
  }

  void split(std::string_view word) {
    const std::size_t equals = word.starts_with("--") ? word.find('=') : word.npos;
    name_ = word.substr(0, equals);
    value_.reset();
    if (equals != word.npos) value_ = word.substr(equals + 1);
  }

  void option() {
    if (name_ == "--help" || name_ == "-h") return flag(options_.help);
    if (name_ == "--version") return flag(options_.version);
    if (name_ == "--json") return flag(options_.json);
    if (name_ == "--dot") return flag(options_.dot);
    if (name_ == "--norc") return flag(options_.norc);
    if (name_ == "--print") return flag(options_.print);
    if (name_ == "-d" || name_ == "--daemon") return flag(options_.daemon);
    if (name_ == "--nosupervise") return flag(options_.nosupervise);
    if (name_ == "--insecure") {
      bool given = false;
      flag(given);
      options_.config.insecure = given;
    } else if (name_ == "--bind") {
      append(options_.config.binds, "an address: HOST:PORT, [V6]:PORT, unix:/PATH or unix:@NAME");
    } else if (name_ == "--seed") {
      append(options_.config.seeds, "an address: HOST:PORT, [V6]:PORT, unix:/PATH or unix:@NAME");
    } else if (name_ == "--nodeid") {
      options_.config.nodeid = value("a node ID");
    } else if (name_ == "--secret-file") {
      options_.files.emplace_back(FileKind::secret, value("a file"));
    } else if (name_ == "--key-file") {
      options_.files.emplace_back(FileKind::key, value("a file"));
    } else if (name_ == "--allow-file") {
      options_.files.emplace_back(FileKind::allow, value("a file"));
    } else if (name_ == "--cluster") {
      options_.config.cluster = value("the network's name");
    } else if (name_ == "--level") {
      const std::string level = value("a log level, 0 to 9");
      if (level.size() != 1 || level[0] < '0' || level[0] > '9') {
        throw UsageError("--level " + quoted(level) + ": expected 0 to 9");
      }
      options_.level = level[0] - '0';
    } else if (name_ == "--count") {
      options_.count = parse_count("--count", value("a number of messages"));
    } else if (name_ == "--interval") {
      options_.interval = parse_seconds("--interval", value("a number of seconds"));
    } else if (name_ == "--rc") {
      options_.rc = value("a file");
    } else if (name_ == "--pidfile") {
      options_.pidfile = value("a file");
    } else if (name_ == "--logfile") {
      options_.logfile = value("a file");
    } else if (name_ == "--max-restarts") {
      options_.max_restarts = parse_count("--max-restarts", value("a number"), 0);
    } else if (name_ == "--hang-timeout") {
      options_.hang_timeout = parse_seconds("--hang-timeout", value("a number of seconds"));
    } else if (name_ == "--timeout") {
      options_.timeout = parse_seconds("--timeout", value("a number of seconds"));
    } else {
      throw UsageError(
          "unknown option " + quoted(name_) +
          ": expected --seed, --bind, --nodeid, --secret-file, --key-file, "
          "--allow-file, --cluster, --insecure, --timeout, --level, --count, "
          "--interval, --rc, --norc, --print, --json, "
          "--dot, -d, --pidfile, --logfile, --nosupervise, --max-restarts, "
          "--hang-timeout, --help or --version; put -- before text that begins with --");
    }
  }

  std::string value(const char* expected) {
    if (!value_ && at_ < argc_) value_ = argv_[at_++];
    if (!value_ || value_->empty()) {
      throw UsageError(std::string(name_) + " needs " + expected);
    }
    return std::string(*value_);
  }

  void append(std::optional<std::vector<std::string>>& list, const char* expected) {
    if (!list) list.emplace();
    list->push_back(value(expected));
  }

  void flag(bool& target) const {
    if (value_) {
      throw UsageError(std::string(name_) + " takes no value, got " + quoted(*value_));
    }
    target = true;
  }

  int argc_;
  const char* const* argv_;
  int at_ = 1;
  bool literal_ = false;
  std::string_view name_;
  std::optional<std::string_view> value_;
  Options options_;
};

}  // namespace

Options parse_options(int argc, const char* const* argv) { return Parser(argc, argv).parse(); }

void read_files(Options& options) {
  for (const auto& [kind, path] : options.files) {
    const auto read = kind == FileKind::secret ? &read_secret_file
                      : kind == FileKind::key  ? &read_key_file
                                               : &read_allow_file;
    read(options.config, options.places, path);
  }
}

}  // namespace tool
