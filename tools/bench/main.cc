// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "crypto.h"
#include "options.h"
#include "output.h"
#include "plot.h"
#include "runner.h"

namespace {

using namespace bench;

void print_line(const std::string& line) {
  if (std::puts(line.c_str()) < 0 || std::fflush(stdout) != 0) {
    throw std::runtime_error("cannot write to standard output");
  }
}

void write_file(const std::string& path, const std::string& text) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  const bool written = file != nullptr && std::fputs(text.c_str(), file) >= 0;
  if ((file != nullptr && std::fclose(file) != 0) || !written) {
    throw std::runtime_error("cannot write " + path);
  }
}

void run_all(const Options& options) {
  const std::vector<Case> cases = make_cases(options);
  Progress progress;
  std::vector<Figures> all;
  if (!options.json) print_line(table_head());
  std::size_t number = 0;
  for (const Case& one : cases) {
    const std::string prefix =
        "[" + std::to_string(++number) + "/" + std::to_string(cases.size()) + "] ";
    const std::vector<Figures> lines =
        run_case(one, options, [&](const std::string& text) { progress.show(prefix + text); });
    progress.clear();
    for (const Figures& line : lines) print_line(options.json ? json_line(line) : table_line(line));
    all.insert(all.end(), lines.begin(), lines.end());
  }
  if (!options.svg.empty()) write_file(options.svg, plot(all));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse_options(argc, argv);
    if (options.help) {
      std::fputs(std::string(help_text()).c_str(), stdout);
    } else if (options.workload == Workload::kCrypto) {
      measure_crypto(options);
    } else {
      run_all(options);
    }
    return 0;
  } catch (const UsageError& e) {
    std::fprintf(stderr, "aemp-bench: %s\n", e.what());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "aemp-bench: %s\n", e.what());
    return 1;
  }
}
