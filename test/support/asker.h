// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Asker: who wants to know the addresses of a host, and writes down what he is told.
#ifndef AEMP_TEST_SUPPORT_ASKER_H
#define AEMP_TEST_SUPPORT_ASKER_H

#include <aemp/sim.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loop/resolver.h"

namespace aemp {

class Asker final : private LookupOwner {
 public:
  Asker(Reactor& reactor, const std::string& name)
      : lookup(std::make_unique<Lookup>(reactor, name, static_cast<LookupOwner&>(*this))) {}

  std::unique_ptr<Lookup> lookup;
  int told = 0;
  bool ok = false;
  std::string what;  // the addresses, or the sentence
  bool ends_when_told = false;

 private:
  void on_looked_up(std::string_view why) noexcept override {
    const sim::AllocationsSucceed writing_down;
    ++told;
    ok = why.empty();
    what = why;
    for (const Ip& ip : lookup->found()) what += (what.empty() ? "" : " ") + ip.at(4040).str();
    if (ends_when_told) lookup.reset();
  }
};

}  // namespace aemp

#endif  // AEMP_TEST_SUPPORT_ASKER_H
