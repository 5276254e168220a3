// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// The configuration file on disk: where it is, who may read it, how it is changed.
#include "config/config_file.h"

#include <aemp/profile.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <string>

#include "config/settings_text.h"
#include "os/files.h"
#include "os/temp_dir.h"

namespace aemp {
namespace {

using test::thrown;

class MapEnv final : public Env {
 public:
  std::optional<std::string> get(std::string_view name) override {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  }
  std::map<std::string, std::string, std::less<>> variables;
};

TEST(ConfigPath, IsOfTheFirstVariableThatIsSet) {
  MapEnv env;
  EXPECT_EQ(config_path(env), "");
  env.variables["HOME"] = "/home/ruth";
  EXPECT_EQ(config_path(env), "/home/ruth/.aemp.json");
  env.variables["XDG_CONFIG_HOME"] = "/etc/xdg";
  EXPECT_EQ(config_path(env), "/etc/xdg/aemp.json");
  env.variables["AEMP_RC"] = "conf";
  EXPECT_EQ(config_path(env), "conf");
  env.variables["AEMP_RC"] = "";
  env.variables["XDG_CONFIG_HOME"] = "relative";
  EXPECT_EQ(config_path(env), "/home/ruth/.aemp.json");
}

class ConfigFileTest : public testing::Test {
 protected:
  void write(const std::string& path, std::string_view text, mode_t mode = 0600) {
    ASSERT_TRUE(files.write_atomic(path, text, mode).ok());
  }
  std::string text(const std::string& path) { return files.read(path, nullptr).take(); }
  mode_t mode(const std::string& path) {
    struct stat info {};
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    return info.st_mode & 0777;
  }
  static void set_cluster(ConfigFile& file, std::string name) {
    file.top.values.cluster = std::move(name);
  }

  UnixFiles files;
  TempDir dir;
  const std::string path = dir.file("conf");
};

TEST_F(ConfigFileTest, OneThatIsNotThereSaysNothing) {
  EXPECT_FALSE(load_config(path).has_value());
  EXPECT_FALSE(load_config(dir.file("no/conf")).has_value());
  write(path, "{}");
  EXPECT_TRUE(load_config(path).has_value());
  EXPECT_FALSE(load_config(path + "/below").has_value());
  EXPECT_TRUE(thrown([&] { load_config(dir.path()); }).starts_with("system: cannot read"));
}

TEST_F(ConfigFileTest, IsMadeAndChangedWithItsFormerSelfBesideIt) {
  edit_config(path, [](ConfigFile& file) { set_cluster(file, "one"); });
  EXPECT_EQ(text(path), "{\n  \"cluster\": \"one\"\n}\n");
  EXPECT_EQ(mode(path), 0600u);
  EXPECT_FALSE(exists(path + "~"));
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  edit_config(path, [](ConfigFile& file) { set_cluster(file, "two"); });
  EXPECT_EQ(load_config(path)->top.values.cluster, "two");
  EXPECT_EQ(mode(path), 0600u);
  EXPECT_EQ(text(path + "~"), "{\n  \"cluster\": \"one\"\n}\n");
  EXPECT_EQ(mode(path + "~"), 0600u);
  // Where nothing changes, nothing is written.
  edit_config(path, [](ConfigFile& file) { set_cluster(file, "two"); });
  EXPECT_EQ(text(path + "~"), "{\n  \"cluster\": \"one\"\n}\n");
}

TEST_F(ConfigFileTest, FollowsSymbolicLinks) {
  ASSERT_EQ(mkdir(dir.file("deep").c_str(), 0700), 0);
  const std::string target = dir.file("deep/target");
  ASSERT_EQ(symlink("deep/link", path.c_str()), 0);
  ASSERT_EQ(symlink("target", dir.file("deep/link").c_str()), 0);
  for (const char* name : {"made", "changed"}) {
    edit_config(path, [name](ConfigFile& file) { set_cluster(file, name); });
    struct stat info {};
    ASSERT_EQ(lstat(path.c_str(), &info), 0);
    EXPECT_TRUE(S_ISLNK(info.st_mode));
    EXPECT_EQ(load_config(target)->top.values.cluster, name);
  }
  EXPECT_TRUE(exists(path + "~"));
  EXPECT_TRUE(exists(target + ".lock"));
  for (const char* name : {"deep/target", "deep/link", "deep/target.lock"}) {
    unlink(dir.file(name).c_str());
  }
  rmdir(dir.file("deep").c_str());
}

TEST_F(ConfigFileTest, IsNeverWrittenWhereSomethingIsWrong) {
  const auto edit = [&](auto change) { return thrown([&] { edit_config(path, change); }); };
  const auto nothing = [](ConfigFile& file) { set_cluster(file, "x"); };
  for (const char* wrong : {"", "{", "{\"cluster\": 7}", "{\"secret\": \"short\"}"}) {
    write(path, wrong);
    EXPECT_TRUE(edit(nothing).starts_with("bad_config: " + path + ":1:")) << wrong;
    EXPECT_EQ(text(path), wrong);
  }
  write(path, "{}");
  EXPECT_EQ(edit([](ConfigFile&) { throw Error(Errc::busy, "not now"); }), "busy: not now");
  EXPECT_NE(edit([](ConfigFile& file) {
              file.profiles["a"].parent = "b";
            }).find("there is no profile \"b\""),
            std::string::npos);
  EXPECT_NE(edit([](ConfigFile& file) { file.profiles["\n"]; }).find("expected a name"),
            std::string::npos);
  EXPECT_NE(edit([](ConfigFile& file) { file.top.values.log_level = 99; }).find("0 to 9"),
            std::string::npos);
  EXPECT_EQ(text(path), "{}");
  EXPECT_FALSE(exists(path + "~"));
  EXPECT_TRUE(thrown([&] {
                edit_config(dir.file("no/conf"), nothing);
              }).starts_with("system: cannot open " + dir.file("no/conf.lock")));
}

TEST_F(ConfigFileTest, WithASecretItIsForItsOwnerAlone) {
  const std::string secret = std::string("{\"secret\": \"") + test::kSecretText + "\"}";
  const std::string also = "{\"profile\": {\"a\": {\"secret_also\": []}}}";
  for (const std::string& held : {secret, also}) {
    for (const mode_t open : {0640u, 0604u, 0620u, 0602u}) {
      write(path, held, open);
      const std::string said = thrown([&] { load_config(path); });
      EXPECT_TRUE(said.starts_with("bad_config: " + path + ": ")) << said;
      EXPECT_NE(said.find("chmod 600"), said.npos) << said;
      EXPECT_NE(thrown([&] { edit_config(path, [](ConfigFile&) {}); }), "");
    }
    write(path, held, 0400);
    EXPECT_TRUE(load_config(path).has_value());
  }
  write(path, "{\"cluster\": \"open\"}", 0666);
  EXPECT_TRUE(load_config(path).has_value());
}

// What several processes add at the same time is all there in the end.
TEST_F(ConfigFileTest, LosesNothingOfTwoWhoChangeIt) {
  constexpr int kProcesses = 4, kEach = 8;
  pid_t children[kProcesses];
  for (int i = 0; i < kProcesses; ++i) {
    children[i] = fork();
    ASSERT_GE(children[i], 0);
    if (children[i] != 0) continue;
    int wrong = 0;
    for (int n = 0; n < kEach && wrong == 0; ++n) {
      try {
        edit_config(path, [&](ConfigFile& file) {
          file.profiles["p" + std::to_string(i) + "-" + std::to_string(n)];
        });
      } catch (...) {
        wrong = 1;
      }
    }
    _exit(wrong);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(load_config(path)->profiles.size(), std::size_t{kProcesses * kEach});
}

TEST(WipeSecrets, LeavesNothingBehind) {
  Config config;
  config.secret = "a long passphrase";
  config.secret_also = {std::string("another passphrase")};
  config.key = "key";
  config.cluster = "blue";
  wipe_secrets(config);
  EXPECT_FALSE(config.secret || config.secret_also || config.key);
  EXPECT_EQ(config.cluster, "blue");
}

}  // namespace
}  // namespace aemp
