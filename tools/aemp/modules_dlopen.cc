// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include <aemp/version.h>
#include <dlfcn.h>

#include <exception>
#include <string_view>

#include "modules.h"

namespace tool {
namespace {

constexpr std::string_view kVersion = AEMP_VERSION;

// Those whose headers are alike: until 1.0 what has the same minor version, then the same major.
std::string_view series(std::string_view version) {
  const std::size_t dot = version.find('.');
  return version.substr(0, version.starts_with("0.") ? version.find('.', dot + 1) : dot);
}

// The last error of dlopen() and dlsym() names the file already.
std::string dl_error(const std::string& path) {
  std::string_view said = dlerror();
  if (said.starts_with(path + ": ")) said.remove_prefix(path.size() + 2);
  return std::string(said);
}

}  // namespace

void load_module(aemp::Node& node, const std::string& path) {
  // Never closed: the node calls into it to its end.
  void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) fail_module(path, dl_error(path));
  const void* const version = dlsym(module, "aemp_module_version");
  void* const entry = dlsym(module, "aemp_module");
  if (version == nullptr || entry == nullptr) {
    fail_module(path, "not a module of aemp: expected AEMP_MODULE of <aemp/module.h> in it");
  }
  const std::string_view built = static_cast<const char*>(version);
  if (series(built) != series(kVersion)) {
    fail_module(path, "compiled for aemp " + std::string(built) + ", this is " +
                          std::string(kVersion) + ": compile it anew");
  }
  try {
    reinterpret_cast<void (*)(aemp::Node&)>(entry)(node);
  } catch (const std::exception& e) {
    fail_module(path, std::string("its aemp_module has thrown: ") + e.what());
  } catch (...) {
    fail_module(path, "its aemp_module has thrown what is no std::exception");
  }
}

}  // namespace tool
