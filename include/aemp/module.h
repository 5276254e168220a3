// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// Shared objects with functions of a node, which `aemp run` loads where one is named among the
// `services` of its configuration, aemp.conf(5):
//
//   #include <aemp/module.h>
//
//   AEMP_MODULE(aemp::Node& node) {
//     node.define("hello", [&node](aemp::Port reply) { node.snd(reply, "hello, world"); });
//   }
//
//   c++ -std=c++20 -fPIC -shared -o hello.so hello.cc $(pkg-config --cflags aemp)
//   aemp run nodeid ruth binds unix:/run/ruth services ./hello.so
//
// It need not be linked with the library: the tool brings that along, all of it. It must have been
// compiled with headers of the same series, which until 1.0 is the same minor version, then the
// same major one, by a compiler with the same ABI.
#ifndef AEMP_MODULE_H
#define AEMP_MODULE_H

#include <aemp/node.h>
#include <aemp/version.h>

// Begins the one function of a shared object that is called when it is loaded: before the node is
// configured and before any service is called, in the order of `services`. There it defines what
// the node is to offer; ports, timers and sockets are for functions that are called as services.
// An exception ends the tool with a sentence that names the file. A shared object stays loaded for
// as long as the process lives.
#define AEMP_MODULE(parameter)                                                           \
  extern "C" {                                                                           \
  [[gnu::visibility("default")]] extern const char aemp_module_version[] = AEMP_VERSION; \
  [[gnu::visibility("default")]] void aemp_module(aemp::Node&);                          \
  }                                                                                      \
  void aemp_module(parameter)

#endif  // AEMP_MODULE_H
