// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "chain.h"

#include <aemp/keys.h>
#include <aemp/profile.h>

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "client.h"
#include "commands.h"
#include "keys.h"
#include "output.h"
#include "secret_input.h"
#include "settings.h"
#include "setup.h"

namespace tool {
namespace {

using Edit = std::function<void(aemp::ConfigFile&)>;
using Values = std::function<void(aemp::Profile&)>;

constexpr std::pair<std::string_view, std::string_view> kElements[] = {
    {"seed", "seeds"}, {"bind", "binds"}, {"service", "services"}};

bool is_key(std::string_view word) { return word == "parent" || aemp::is_config_key(word); }

bool is_secret(std::string_view key) {
  return key == "secret" || key == "secret_also" || key == "key";
}

// What follows the prefix; empty where the word does not begin with it.
std::string_view behind(std::string_view word, std::string_view prefix) {
  return word.starts_with(prefix) ? word.substr(prefix.size()) : std::string_view();
}

// The list that addseed, delseed and so on change; empty for all others.
std::string_view list_of(std::string_view word, std::string_view prefix) {
  for (const auto& [element, list] : kElements) {
    if (behind(word, prefix) == element) return list;
  }
  return {};
}

bool is_verb(std::string_view word) { return is_edit(word) || find_command(word) != nullptr; }

// The elements that a value of addseed and so on stands for; an array is one service.
std::vector<std::string> elements_of(std::string_view list, const std::string& text) {
  aemp::Config config;
  const bool one_service = list == "services" && text.starts_with('[');
  aemp::set_key(config, list, one_service ? "[" + text + "]" : text);
  return **list_member(config, list);
}

class Chain {
 public:
  explicit Chain(Options& options) : options_(options), words_(std::move(options.words)) {
    words_.insert(words_.begin(), options.command);
  }

  int run() {
    while (last_ == nullptr && at_ < words_.size()) verb(words_[at_++]);
    if (made_profile_ && at_ == words_.size() && last_ == nullptr) {
      edits_.push_back([name = *profile_](aemp::ConfigFile& file) { file.profiles[name]; });
    }
    if (last_ == nullptr) refuse_options();
    refuse_foreign(options_, last_ == nullptr ? std::string_view() : last_->name);
    if (!edits_.empty()) {
      aemp::edit_config(config_file(options_), [this](aemp::ConfigFile& file) {
        for (const Edit& edit : edits_) edit(file);
      });
    }
    for (const std::string& note : notes_) {
      if (!print_line(note)) return kNo;
    }
    if (last_ == nullptr) return kDone;
    options_.command = last_->name;
    options_.words.assign(words_.begin() + static_cast<std::ptrdiff_t>(at_), words_.end());
    options_.profile = profile_;
    // What supervises a node reads nothing: it keeps no secret, and the node reads them anew at
    // each start.
    if (last_->run != &run_node) read_files(options_);
    return last_->run(options_);
  }

 private:
  void verb(const std::string& word) {
    made_profile_ = false;
    if ((word == "gensecret" || word == "genkey") && stores()) return generate(word);
    if (const Command* command = find_command(word)) {
      last_ = command;
      return;
    }
    if (word == "profile") {
      profile_ = parameter(word, "the name of a profile");
      made_profile_ = true;
    } else if (word == "delprofile") {
      remove_profile(parameter(word, "the name of a profile"));
    } else if (const std::string_view added = list_of(word, "add"); !added.empty()) {
      add(added, parameter(word, "a value"));
    } else if (const std::string_view removed = list_of(word, "del"); !removed.empty()) {
      remove(word, removed, parameter(word, "a value"));
    } else if (const std::string_view key = behind(word, "del"); is_key(key)) {
      clear(key);
    } else if (is_key(behind(word, "set"))) {
      set(word, behind(word, "set"));
    } else if (is_key(word)) {
      set(word, word);
    } else {
      unknown_command(word);
    }
  }

  void refuse_options() const {
    if (!options_.files.empty()) refuse_option();
    for (const std::string_view key : aemp::config_keys()) {
      if (aemp::has_key(options_.config, key)) refuse_option();
    }
  }

  [[noreturn]] static void refuse_option() {
    throw UsageError(
        "options like --seed are for commands that run a node; to change the "
        "configuration file, write for example: aemp seeds ADDRESS");
  }

  // Whether gensecret and genkey put what they make into the configuration file.
  bool stores() const { return !options_.print && (at_ == words_.size() || is_verb(words_[at_])); }

  std::string parameter(const std::string& word, const char* what) {
    if (at_ == words_.size()) throw UsageError(word + " needs " + what);
    return words_[at_++];
  }

  void edit(Values change) {
    edits_.push_back([profile = profile_, change = std::move(change)](aemp::ConfigFile& file) {
      change(profile ? file.profiles[*profile] : file.top);
    });
  }

  void set(const std::string& word, std::string_view key) {
    if (is_secret(key)) return ask(word, std::string(key));
    const std::string value = parameter(word, "a value");
    if (key == "parent") {
      if (!profile_) {
        throw UsageError("parent: only a profile has one: aemp profile NAME parent PARENT");
      }
      return edit([value](aemp::Profile& p) { p.parent = value; });
    }
    aemp::Config checked;
    aemp::set_key(checked, key, value);
    edit([key = std::string(key), value](aemp::Profile& p) {
      // Limits that are not among the new ones stay otherwise.
      aemp::clear_key(p.values, key);
      aemp::set_key(p.values, key, value);
    });
  }

  void ask(const std::string& word, const std::string& key) {
    if (at_ < words_.size() && !is_verb(words_[at_])) {
      throw UsageError(word +
                       ": not on the command line, where everybody can read it: it is read " +
                       "from the terminal or standard input");
    }
    WipedConfig config;
    read_secret_input(config, key);
    notes_.push_back(shown_secret(config, key));
    store(key, std::move(config));
  }

  void generate(const std::string& word) {
    WipedConfig config;
    const bool key = word == "genkey";
    if (key) {
      config.key = aemp::generate_key();
      notes_.push_back(aemp::public_key(*config.key));
    } else {
      config.secret = aemp::generate_secret();
      notes_.push_back(shown_secret(config, "secret"));
    }
    store(key ? "key" : "secret", std::move(config));
  }

  void store(const std::string& key, aemp::Config config) {
    aemp::Profile made;  // which wipes it
    made.values = std::move(config);
    edit([key, made = std::move(made)](aemp::Profile& p) {
      if (key == "secret") p.values.secret = made.values.secret;
      if (key == "secret_also") p.values.secret_also = made.values.secret_also;
      if (key == "key") p.values.key = made.values.key;
    });
  }

  void clear(std::string_view key) {
    edit([key = std::string(key)](aemp::Profile& p) {
      if (key == "parent") {
        p.parent.reset();
      } else {
        aemp::clear_key(p.values, key);
      }
    });
  }

  void add(std::string_view list, const std::string& text) {
    edit([list, added = elements_of(list, text)](aemp::Profile& p) {
      auto& member = *list_member(p.values, list);
      if (!member) member.emplace();
      for (const std::string& one : added) {
        if (std::find(member->begin(), member->end(), one) == member->end()) member->push_back(one);
      }
    });
  }

  void remove(const std::string& word, std::string_view list, const std::string& text) {
    edit([word, list, removed = elements_of(list, text)](aemp::Profile& p) {
      auto& member = *list_member(p.values, list);
      for (const std::string& one : removed) {
        if (!member || std::erase(*member, one) == 0) {
          throw UsageError(word + ": " + quoted(one) + " is not among the " + std::string(list));
        }
      }
    });
  }

  void remove_profile(const std::string& name) {
    edits_.push_back([name](aemp::ConfigFile& file) {
      if (file.profiles.erase(name) == 0) throw UsageError("there is no profile " + quoted(name));
      for (const auto& [child, profile] : file.profiles) {
        if (profile.parent != name) continue;
        throw UsageError("delprofile: " + quoted(name) + " is the parent of profile " +
                         quoted(child));
      }
    });
  }

  Options& options_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::optional<std::string> profile_;
  bool made_profile_ = false;  // the last verb was profile
  std::vector<Edit> edits_;
  std::vector<std::string> notes_;  // printed once that is done
  const Command* last_ = nullptr;
};

}  // namespace

bool is_edit(std::string_view word) {
  if (word == "profile" || word == "delprofile" || is_key(word)) return true;
  if (!list_of(word, "add").empty() || !list_of(word, "del").empty()) return true;
  return is_key(behind(word, "del")) || is_key(behind(word, "set"));
}

std::vector<std::string_view> edits() {
  std::vector<std::string_view> words{"profile",    "delprofile", "parent",         "addseed",
                                      "addbind",    "addservice", "delseed",        "delbind",
                                      "delservice", "setsecret",  "setsecret_also", "setkey"};
  for (const std::string_view key : aemp::config_keys()) {
    if (!is_secret(key)) words.push_back(key);
  }
  return words;
}

int run_chain(Options& options) { return Chain(options).run(); }

}  // namespace tool
