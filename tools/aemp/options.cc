// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "options.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "commands.h"
#include "settings.h"

namespace tool {
namespace {

constexpr const char* kAddress = "an address: HOST:PORT, [V6]:PORT, unix:/PATH or unix:@NAME";
constexpr const char* kSeconds = "a number of seconds";
constexpr const char* kFile = "a file";

void append(std::optional<std::vector<std::string>>& list, const std::string& value) {
  if (!list) list.emplace();
  list->push_back(value);
}

int parse_level(const std::string& text) {
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '9') return text[0] - '0';
  throw UsageError("--level " + quoted(text) + ": expected 0 to 9");
}

struct Option {
  std::string_view name;
  const char* expected;  // what its value is; null: it has none
  void (*set)(Options& options, const std::string& value);
  std::string_view commands = {};  // that it is for, with commas between them; empty: for all
};

constexpr Option kOptions[] = {
    {"--seed", kAddress, [](Options& o, const std::string& v) { append(o.config.seeds, v); }},
    {"--bind", kAddress, [](Options& o, const std::string& v) { append(o.config.binds, v); }},
    {"--nodeid", "a node ID", [](Options& o, const std::string& v) { o.config.nodeid = v; }},
    {"--secret-file", kFile,
     [](Options& o, const std::string& v) { o.files.emplace_back(FileKind::secret, v); }},
    {"--key-file", kFile,
     [](Options& o, const std::string& v) { o.files.emplace_back(FileKind::key, v); }},
    {"--allow-file", kFile,
     [](Options& o, const std::string& v) { o.files.emplace_back(FileKind::allow, v); }},
    {"--cluster", "the network's name",
     [](Options& o, const std::string& v) { o.config.cluster = v; }},
    {"--insecure", nullptr, [](Options& o, const std::string&) { o.config.insecure = true; }},
    {"--timeout", kSeconds,
     [](Options& o, const std::string& v) { o.timeout = parse_seconds("--timeout", v); }},
    {"--level", "a log level, 0 to 9",
     [](Options& o, const std::string& v) { o.level = parse_level(v); }, "log"},
    {"--count", "a number of messages",
     [](Options& o, const std::string& v) { o.count = parse_count("--count", v); }, "ping, stat"},
    {"--interval", kSeconds,
     [](Options& o, const std::string& v) { o.interval = parse_seconds("--interval", v); },
     "ping, top"},
    {"--rc", kFile, [](Options& o, const std::string& v) { o.rc = v; }},
    {"--norc", nullptr, [](Options& o, const std::string&) { o.norc = true; }},
    {"--print", nullptr, [](Options& o, const std::string&) { o.print = true; },
     "gensecret, genkey"},
    {"--json", nullptr, [](Options& o, const std::string&) { o.json = true; }},
    {"--prom", nullptr, [](Options& o, const std::string&) { o.prom = true; }, "stat"},
    {"--dot", nullptr, [](Options& o, const std::string&) { o.dot = true; }, "trace"},
    {"-d", nullptr, [](Options& o, const std::string&) { o.daemon = true; }, "run"},
    {"--daemon", nullptr, [](Options& o, const std::string&) { o.daemon = true; }, "run"},
    {"--pidfile", kFile, [](Options& o, const std::string& v) { o.pidfile = v; }, "run"},
    {"--logfile", kFile, [](Options& o, const std::string& v) { o.logfile = v; }, "run"},
    {"--max-restarts", "a number",
     [](Options& o, const std::string& v) { o.max_restarts = parse_count("--max-restarts", v, 0); },
     "run"},
    {"--hang-timeout", kSeconds,
     [](Options& o, const std::string& v) { o.hang_timeout = parse_seconds("--hang-timeout", v); },
     "run"},
    {"--nosupervise", nullptr, [](Options& o, const std::string&) { o.nosupervise = true; }, "run"},
    {"--help", nullptr, [](Options& o, const std::string&) { o.help = true; }},
    {"-h", nullptr, [](Options& o, const std::string&) { o.help = true; }},
    {"--version", nullptr, [](Options& o, const std::string&) { o.version = true; }},
};

std::string option_list() {
  std::string list;
  for (const Option& option : kOptions) {
    if (!list.empty()) list += &option == std::end(kOptions) - 1 ? " or " : ", ";
    list += option.name;
  }
  return list;
}

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
    const auto known = std::find_if(std::begin(kOptions), std::end(kOptions),
                                    [this](const Option& option) { return option.name == name_; });
    if (known == std::end(kOptions)) {
      throw UsageError("unknown option " + quoted(name_) + ": expected " + option_list() +
                       "; put -- before text that begins with --");
    }
    known->set(options_, known->expected != nullptr ? value(known->expected) : no_value());
  }

  std::string value(const char* expected) {
    if (!value_ && at_ < argc_) value_ = argv_[at_++];
    if (!value_ || value_->empty()) {
      throw UsageError(std::string(name_) + " needs " + expected);
    }
    return std::string(*value_);
  }

  std::string no_value() const {
    if (!value_) return {};
    throw UsageError(std::string(name_) + " takes no value, got " + quoted(*value_));
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

std::vector<std::string_view> option_names() {
  std::vector<std::string_view> names;
  for (const Option& option : kOptions) names.push_back(option.name);
  return names;
}

void refuse_foreign(const Options& options, std::string_view command) {
  for (const std::string_view given : options.given) {
    const std::string_view name = given.substr(0, given.find('='));
    for (const Option& option : kOptions) {
      if (option.name != name || option.commands.empty()) continue;
      if ((", " + std::string(option.commands) + ",").find(" " + std::string(command) + ",") !=
          std::string::npos) {
        continue;
      }
      throw UsageError(std::string(name) + " is for " + std::string(option.commands) +
                       (command.empty() ? "" : ", not for " + std::string(command)));
    }
  }
}

void read_files(Options& options) {
  for (const auto& [kind, path] : options.files) {
    const auto read = kind == FileKind::secret ? &read_secret_file
                      : kind == FileKind::key  ? &read_key_file
                                               : &read_allow_file;
    read(options.config, options.places, path);
  }
}

}  // namespace tool
