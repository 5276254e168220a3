// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// What others on the same machine may find. T21: no secret in core dumps, command lines and logs.
// T22: other users get no link over a unix socket, and a key that others can read is not used.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "threats/child.h"
#include "threats/memory_scan.h"
#include "threats/threat_world.h"

namespace aemp::threat {
namespace {

constexpr uid_t kNobody = 65534;

// A directory that everybody may enter.
class OpenDirectory {
 public:
  OpenDirectory() {
    EXPECT_NE(mkdtemp(path_.data()), nullptr);
    EXPECT_EQ(chmod(path_.c_str(), 0755), 0);
  }
  ~OpenDirectory() { std::filesystem::remove_all(path_); }
  OpenDirectory(const OpenDirectory&) = delete;
  OpenDirectory& operator=(const OpenDirectory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(file(name)) << text << "\n";
    EXPECT_EQ(chmod(file(name).c_str(), mode), 0);
    return file(name);
  }

 private:
  std::string path_ = "/tmp/aemp-threat.XXXXXX";
};

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void wipe_text(std::string& text) {
  crypto::wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
}

// The tool as its own process: what it says, and its exit code.
class Tool {
 public:
  explicit Tool(const std::vector<std::string>& args) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_ = fork();
    if (pid_ == 0) {
      std::vector<char*> argv{const_cast<char*>("aemp")};
      for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
      argv.push_back(nullptr);
      dup2(ends[1], 1);
      dup2(ends[1], 2);
      execv(std::getenv("AEMP"), argv.data());
      _exit(127);
    }
    close(ends[1]);
    from_ = ends[0];
  }
  ~Tool() { wait(); }
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;
  // What it was started with, once it has been.
  std::string command_line() const {
    const std::string path = "/proc/" + std::to_string(pid_) + "/cmdline";
    std::string line;
    while ((line = contents(path)).find("cal") == std::string::npos && kill(pid_, 0) == 0) {
    }
    return line + contents("/proc/" + std::to_string(pid_) + "/environ");
  }
  // Until it has said a line.
  void wait_for_line() {
    char c;
    while (said.find('\n') == std::string::npos && read(from_, &c, 1) == 1) said += c;
  }
  // Whether it is anywhere in what the process can write to.
  bool has_in_memory(const std::string& text) const {
    const std::string proc = "/proc/" + std::to_string(pid_);
    std::ifstream maps(proc + "/maps"), memory(proc + "/mem", std::ios::binary);
    EXPECT_TRUE(maps && memory);
    std::size_t scanned = 0;
    for (std::string line; std::getline(maps, line);) {
      unsigned long from, to;
      char rights[5];
      if (std::sscanf(line.c_str(), "%lx-%lx %4s", &from, &to, rights) != 3) continue;
      if (rights[1] != 'w' || to - from > 256u << 20) continue;
      std::string bytes(to - from, '\0');
      memory.clear();
      memory.seekg(static_cast<std::streamoff>(from));
      memory.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
      scanned += static_cast<std::size_t>(memory.gcount());
      if (bytes.find(text) != std::string::npos) return true;
    }
    EXPECT_GT(scanned, 100'000u) << "nothing was read of it";
    return false;
  }
  void end() { kill(pid_, SIGTERM); }
  int wait() {
    if (from_ < 0) return status_;
    char buffer[4096];
    for (ssize_t n; (n = read(from_, buffer, sizeof buffer)) > 0;) {
      said.append(buffer, static_cast<std::size_t>(n));
    }
    close(from_);
    from_ = -1;
    EXPECT_EQ(waitpid(pid_, &status_, 0), pid_);
    return status_ = WIFEXITED(status_) ? WEXITSTATUS(status_) : -1;
  }
  std::string said;

 private:
  pid_t pid_;
  int from_ = -1;
  int status_ = 0;
};

// Keys that are nowhere in memory but where the library has put them.
struct Needles {
  explicit Needles(Config& c) {
    secret = c.secret.value();
    key = c.key.value();
    raw_secret = Hidden("the secret", parse_key_text(KeyKind::secret, secret)->bytes());
    raw_key = Hidden("the private key", parse_key_text(KeyKind::private_key, key)->bytes());
    psk = Hidden("the pre-shared key",
                 Credentials::psk(raw_secret.shown().bytes(), c.cluster.value_or("")).bytes());
    wipe_text(secret);
    wipe_text(key);
  }
  std::string secret, key;
  Hidden raw_secret, raw_key, psk;
};

// The end of it: an allocator writes over the beginning of what it has got back.
Hidden end_of(const std::string& text) {
  const std::string_view end = std::string_view(text).substr(text.size() - 32);
  return Hidden("a text", {reinterpret_cast<const std::uint8_t*>(end.data()), end.size()});
}

TEST(ThreatT21Traces, ThereIsNoCopyOfWhatConfigureWasGiven) {
  Loop loop;
  Node node(loop);
  Config c = config_of(3, "n", Person(90), {kBob.allowed_as("*")});
  c.secret = generate_secret();
  c.secret_also.emplace(2);
  for (std::string& also : *c.secret_also) also = generate_secret();
  c.key = generate_key();
  c.private_node();
  std::vector<std::string*> texts{&*c.secret, &*c.key};
  for (std::string& also : *c.secret_also) texts.push_back(&also);
  std::vector<Hidden> ends;
  for (const std::string* text : texts) ends.push_back(end_of(*text));
  node.configure(c);
  for (const Hidden& end : ends) EXPECT_FALSE(mappings_with(end).empty()) << "the test's own";
  for (std::string* text : texts) wipe_text(*text);
  for (const Hidden& end : ends) EXPECT_TRUE(mappings_with(end).empty());
}

TEST(ThreatT21Traces, KeysThatLiveLongAreOnTheirOwnPages) {
  Loop loop;
  Node node(loop);
  Config c = config_of(3, "n", Person(90), {kBob.allowed_as("*")});
  c.secret = generate_secret();
  c.key = generate_key();
  c.private_node();
  const Needles needles(c);
  node.configure(c);
  wipe_text(*c.secret);
  wipe_text(*c.key);
  EXPECT_TRUE(mappings_with(needles.raw_secret).empty()) << "of no use after configure()";
  for (const Hidden* key : {&needles.psk, &needles.raw_key}) {
    const std::vector<Mapping> found = mappings_with(*key);
    EXPECT_FALSE(found.empty()) << key->name;
    for (const Mapping& mapping : found) {
      EXPECT_NE(mapping.flags.find(" dd "), std::string::npos) << key->name << mapping.text;
      EXPECT_NE(mapping.flags.find(" wf "), std::string::npos) << key->name << mapping.text;
    }
  }
  Child child([&] {
    const bool found =
        !mappings_with(needles.psk).empty() || !mappings_with(needles.raw_key).empty();
    return std::string(found ? "the child has it" : "nothing");
  });
  EXPECT_EQ(child.told(), "nothing");
}

// Of a process that has links to come, and of nothing else: what the core holds of its secrets.
TEST(ThreatT21Traces, NoSecretIsInACoreDump) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer's memory makes cores of terabytes";
  const OpenDirectory directory;
  const int needles = open(directory.file("needles").c_str(), O_CREAT | O_WRONLY, 0600);
  Child child([&]() -> std::string {
    const rlimit all{RLIM_INFINITY, RLIM_INFINITY};
    const std::string where = directory.file("");
    if (setrlimit(RLIMIT_CORE, &all) != 0 || chdir(where.c_str()) != 0) return "no";
    Config c = config_of(3, "n", Person(90), {kBob.allowed_as("*")});
    c.secret = generate_secret();
    c.key = generate_key();
    c.private_node();
    for (const std::string* text : {&*c.secret, &*c.key}) {
      if (write(needles, text->data(), text->size()) < 0) return "no";
    }
    Loop loop;
    Node node(loop);
    node.configure(c);
    loop.run_once(0ns);
    wipe_text(*c.secret);
    wipe_text(*c.key);
    std::abort();
  });
  const int status = child.status();
  close(needles);
  ASSERT_TRUE(WIFSIGNALED(status)) << child.told();
  std::string core;
  for (const auto& entry : std::filesystem::directory_iterator(directory.file(""))) {
    if (entry.path().filename().string().starts_with("core")) core = contents(entry.path());
  }
  if (!WCOREDUMP(status) || core.empty()) GTEST_SKIP() << "this system writes no core here";
  const auto has = [&](std::string_view bytes) { return core.find(bytes) != std::string::npos; };
  EXPECT_TRUE(has(kBob.key)) << "what this test itself keeps is there";
  const std::string texts = contents(directory.file("needles"));
  ASSERT_EQ(texts.size(), 112u);
  const auto bytes_of = [](const crypto::Key& key) {
    return std::string(key.bytes().begin(), key.bytes().end());
  };
  const crypto::Key secret = *parse_key_text(KeyKind::secret, texts.substr(0, 56));
  const crypto::Key key = *parse_key_text(KeyKind::private_key, texts.substr(56));
  // The ends: an allocator writes over the beginning of what it has got back.
  EXPECT_FALSE(has(texts.substr(24, 32)));
  EXPECT_FALSE(has(texts.substr(56 + 24, 32)));
  EXPECT_FALSE(has(bytes_of(secret)));
  EXPECT_FALSE(has(bytes_of(key)));
  EXPECT_FALSE(has(bytes_of(Credentials::psk(secret.bytes(), "threats"))));
}

TEST(ThreatT21Traces, NoSecretIsInALog) {
  for (int suite = 1; suite <= 3; ++suite) {
    for (const bool fails : {false, true}) {
      Config other = ann_config(suite);
      if (fails) other.cluster = "another";
      Pair pair(other, bob_config(suite));
      ASSERT_TRUE(pair.until([&] { return pair.relay->lines() > 2 || pair.ann.up("bob"); }));
      const std::string log = pair.told();
      for (const std::string& text : {secret_text(1), kAnn.key, kBob.key}) {
        EXPECT_EQ(log.find(text.substr(8)), std::string::npos) << log;
        const std::optional<crypto::Key> raw =
            parse_key_text(text == secret_text(1) ? KeyKind::secret : KeyKind::private_key, text);
        EXPECT_EQ(log.find(std::string(raw->bytes().begin(), raw->bytes().end())),
                  std::string::npos);
      }
    }
  }
}

class ThreatT22Tool : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("AEMP") == nullptr) GTEST_SKIP() << "AEMP does not name the tool";
  }
  static std::vector<std::string> call(std::vector<std::string> with) {
    std::vector<std::string> args{"cal", "x", "f", "--seed", "127.0.0.1:1", "--timeout", "0.5"};
    args.insert(args.end(), with.begin(), with.end());
    return args;
  }
  static void expect_refused(const std::vector<std::string>& args, const std::string& why) {
    Tool tool(call(args));
    EXPECT_EQ(tool.wait(), 2) << tool.said;
    EXPECT_NE(tool.said.find(why), std::string::npos) << tool.said;
    EXPECT_EQ(tool.said.find(secret_text(1).substr(8)), std::string::npos) << tool.said;
  }
  const OpenDirectory directory;
};

TEST_F(ThreatT22Tool, RefusesFilesThatOthersCanRead) {
  const std::string allow = directory.write("allow", kBob.allowed_as("*"), 0644);
  for (const mode_t mode : {0640u, 0604u, 0660u, 0644u, 0620u}) {
    expect_refused({"--secret-file", directory.write("secret", secret_text(1), mode)},
                   "others than its owner");
    expect_refused({"--key-file", directory.write("key", kAnn.key, mode), "--allow-file", allow},
                   "others than its owner");
  }
  Tool tool(call({"--secret-file", directory.write("good", secret_text(1), 0600)}));
  EXPECT_EQ(tool.wait(), 1) << tool.said;
}

TEST_F(ThreatT22Tool, RefusesSecretsThatCanBeGuessed) {
  expect_refused({"--secret-file", directory.write("short", "abc", 0600)}, "at least 12");
}

TEST_F(ThreatT22Tool, HasNoSecretInItsCommandLine) {
  Tool tool(call({"--secret-file", directory.write("good", secret_text(1), 0600)}));
  const std::string line = tool.command_line();
  EXPECT_NE(line.find("--secret-file"), std::string::npos) << line;
  EXPECT_EQ(line.find(secret_text(1).substr(8)), std::string::npos);
  Tool argued({"run", "secret", secret_text(1)});
  EXPECT_EQ(argued.wait(), 2) << argued.said;
  EXPECT_EQ(argued.said.find(secret_text(1).substr(8)), std::string::npos) << argued.said;
}

#ifdef __linux__

// Its core dump would tell it, and so would the process to whoever may look into it.
TEST_F(ThreatT22Tool, KeepsNoTextOfASecret) {
  const std::string also = generate_secret();
  Tool tool({"run", "--nosupervise", "--secret-file",
             directory.write("secrets", secret_text(1) + "\n" + also, 0600), "--key-file",
             directory.write("key", kAnn.key, 0600), "--allow-file",
             directory.write("allow", kBob.allowed_as("*"), 0644), "--nodeid", "ann", "--bind",
             "127.0.0.1:0"});
  tool.wait_for_line();
  EXPECT_TRUE(tool.has_in_memory("127.0.0.1")) << "a scan that finds nothing";
  for (const std::string& text : {secret_text(1), also, std::string(kAnn.key)}) {
    EXPECT_FALSE(tool.has_in_memory(text.substr(8))) << tool.said;
  }
  tool.end();
  EXPECT_EQ(tool.wait(), 0) << tool.said;
}

class ThreatT22OtherUser : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can become somebody else";
  }
  static bool become_nobody() { return setgid(kNobody) == 0 && setuid(kNobody) == 0; }
  // A node of another user's process that dials there, for as long as its log says nothing.
  static std::string dial_as_nobody(const std::string& address) {
    if (!become_nobody()) return "SKIP";
    Loop loop;
    Config c = remote::config("nobody", {}, {address});
    c.private_node();
    Member node(loop, c);
    loop.run_until([&] { return node.up("bob") || !node.log.lines.empty(); }, 60s);
    return node.told();
  }
  // Somebody who does not care who listens: what comes back for a good greeting.
  static std::string knock_as_nobody(const std::string& path) {
    if (!become_nobody()) return "SKIP";
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.data(), path.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    if (connect(fd, reinterpret_cast<const sockaddr*>(&to), size) != 0) {
      return std::strerror(errno);
    }
    const std::uint8_t greeting[] = {'A', 'E', 'M', 'P', kMajorVersion, kSuitePlain, 0, 0};
    // It may be closed already.
    (void)send(fd, greeting, sizeof greeting, MSG_NOSIGNAL);
    char byte;
    return "got " + std::to_string(recv(fd, &byte, 1, 0));
  }

  Loop loop;
};

TEST_F(ThreatT22OtherUser, GetsNoLinkEvenWhereTheSocketLetsHimIn) {
  const OpenDirectory directory;
  for (const std::string& path : {directory.file("s"), std::string()}) {
    const std::string address = path.empty() ? remote::unix_name() : "unix:" + path;
    Member bob(loop, remote::config("bob", {address}));
    if (!path.empty()) {
      ASSERT_EQ(chmod(path.c_str(), 0666), 0);
    }
    const std::string raw = path.empty() ? std::string(1, '\0') + address.substr(6) : path;
    Child node([&] { return dial_as_nobody(address); });
    Child knocker([&] { return knock_as_nobody(raw); });
    const auto refused = [&] { return lines_with(bob, "belongs to user 65534") >= 2; };
    ASSERT_TRUE(loop.run_until(refused, 60s)) << bob.told();
    EXPECT_EQ(knocker.told().rfind("got 1", 0), std::string::npos) << knocker.told();
    EXPECT_NE(node.told().find("belongs to user 0"), std::string::npos) << node.told();
    EXPECT_TRUE(bob.story.empty()) << bob.told();
  }
}

TEST_F(ThreatT22OtherUser, CannotEvenConnectToTheSocketFile) {
  const OpenDirectory directory;
  const Member bob(loop, remote::config("bob", {"unix:" + directory.file("s")}));
  Child knocker([&] { return knock_as_nobody(directory.file("s")); });
  EXPECT_EQ(knocker.told(), std::strerror(EACCES));
}

#endif

}  // namespace
}  // namespace aemp::threat
