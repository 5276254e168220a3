// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// aemp: the library's command-line tool. Sees nothing of it but <aemp/...>.
#include <aemp/aemp.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

#include "chain.h"
#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

int print_text(std::string_view text) {
  text.remove_suffix(text.ends_with('\n') ? 1 : 0);
  return print_line(text) ? kDone : kNo;
}

// What may be typed, a word a line, for a shell to complete.
std::string all_words() {
  std::string text = "help\n";
  const auto add = [&text](std::string_view word) { text.append(word).append("\n"); };
  for (const Command& command : commands()) add(command.name);
  for (const std::string_view word : edits()) add(word);
  for (const std::string_view word : option_names()) add(word);
  return text;
}

std::string help_about(const std::string& name) {
  if (name == "words") return all_words();
  if (name == "help") return std::string(usage_text());
  if (const Command* command = find_command(name)) return help_text(*command);
  if (name == "config" || is_edit(name)) return std::string(config_help_text());
  unknown_command(name);
}

int help(const Options& options) {
  return print_text(options.words.empty() ? usage_text() : help_about(options.words[0]));
}

int dispatch(int argc, const char* const* argv) {
  Options options = parse_options(argc, argv);
  if (options.version) return print_text("aemp " AEMP_VERSION);
  if (options.command == "help") return help(options);
  if (options.command.empty()) {
    if (options.help) return print_text(usage_text());
    if (argc > 1) throw UsageError("no command: expected " + command_names());
    std::fputs(usage_text().data(), stderr);
    return kUsage;
  }
  if (options.help) return print_text(help_about(options.command));
  return run_chain(options);
}

// Where the caller has closed stdout or stderr, no socket may take its place. Writing still fails.
void fill_standard_descriptors() {
  int fd = 0;
  do {
    fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  } while (fd >= 0 && fd <= 2);
  if (fd > 2) close(fd);
}

// Whether the user can mend it by typing something else.
bool is_usage(aemp::Errc code) {
  switch (code) {
    case aemp::Errc::address_in_use:
    case aemp::Errc::system:
      return false;
    default:
      return true;
  }
}

}  // namespace
}  // namespace tool

int main(int argc, char** argv) {
  using namespace tool;
  fill_standard_descriptors();
  try {
    return dispatch(argc, argv);
  } catch (const UsageError& e) {
    complain(e.what());
    return kUsage;
  } catch (const aemp::Error& e) {
    complain(e.what());
    return is_usage(e.code()) ? kUsage : kNo;
  } catch (const std::exception& e) {
    complain(e.what());
    return kNo;
  }
}
