// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#ifndef AEMP_TEST_SUPPORT_ACTIVE_H
#define AEMP_TEST_SUPPORT_ACTIVE_H

#include <aemp/writer.h>

#include <functional>

namespace aemp::test {

// Calls the program while it is being written, then is a number.
struct Active {
  std::function<void()> act;
  int number = 0;
};
inline void aemp_encode(Writer& w, const Active& a) {
  a.act();
  w.put(a.number);
}

}  // namespace aemp::test

#endif  // AEMP_TEST_SUPPORT_ACTIVE_H
