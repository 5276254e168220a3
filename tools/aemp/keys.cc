// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "keys.h"

#include <aemp/keys.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "client.h"
#include "commands.h"
#include "output.h"
#include "settings.h"

namespace tool {
namespace {

constexpr std::size_t kMostBytes = 1 << 20;
constexpr std::size_t kReadBytes = 4096;
constexpr std::string_view kBlanks = " \t\r";  // around a line
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

[[noreturn]] void cannot(const char* what, const std::string& path) {
  throw UsageError("cannot " + std::string(what) + " " + quoted(path) + ": " +
                   std::strerror(errno));
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode)
      : fd_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

// The compiler must not see that nobody reads it any more.
void wipe(char* text, std::size_t size) {
  for (volatile char* at = text; size > 0; --size) *at++ = 0;
}

void wipe(std::string& text) {
  wipe(text.data(), text.size());
  text.clear();
}

std::string read_all(const std::string& path, bool is_private) {
  const File file(path, O_RDONLY, 0);
  if (file.fd() < 0) cannot("open", path);
  struct stat info {};
  if (fstat(file.fd(), &info) != 0) cannot("read", path);
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    throw UsageError(quoted(path) + ": expected a file, or a pipe");
  }
  if (is_private && (info.st_mode & 077) != 0) {
    throw UsageError(quoted(path) + ": others than its owner may read or write it: chmod 600 it");
  }
  std::string text;
  text.reserve(kMostBytes + kReadBytes);  // where it grew, copies would stay behind
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + kReadBytes);
    const ssize_t n = read(file.fd(), text.data() + had, kReadBytes);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot("read", path);
    if (n == 0) return text;
    if (text.size() > kMostBytes) throw UsageError(quoted(path) + ": expected at most a megabyte");
  }
}

std::vector<std::string> lines_of(const std::string& path, bool is_private, const char* expected) {
  std::string text = read_all(path, is_private);
  if (text.starts_with(kByteOrderMark) || text.find('\0') != text.npos) {
    wipe(text);
    throw UsageError(quoted(path) +
                     ": expected plain text, without a byte order mark and without zero bytes");
  }
  std::vector<std::string> lines;
  for (std::string_view rest = text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kBlanks) + 1));
    if (!line.empty() && line.front() != '#') lines.emplace_back(line);
  }
  wipe(text);
  if (lines.empty()) throw UsageError(quoted(path) + " is empty: expected " + expected);
  return lines;
}

// False, and errno, if that did not work.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return fsync(fd) == 0 || errno == EINVAL;
}

// A file of its own that only its owner may read; what is there is never overwritten.
void write_private(const std::string& path, std::string line) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file.fd() < 0) cannot("create", path);
  line += '\n';
  if (write_all(file.fd(), line)) return;
  // What is there of it is good for nothing, and would be in the way of another try.
  const int error = errno;
  unlink(path.c_str());
  errno = error;
  cannot("write", path);
}

// With a FILE what is made goes there, and `about` to stdout; else it goes to stdout and `about` to
// stderr.
int deliver(const Options& options, const std::string& made, const std::string& about) {
  if (options.words.size() > 1) {
    throw UsageError(options.command + ": expected at most one FILE");
  }
  if (!options.words.empty()) {
    write_private(options.words[0], made);
    return print_line(about) ? kDone : kNo;
  }
  print_note(about);
  return print_line(made) ? kDone : kNo;
}

}  // namespace

void read_secret_file(aemp::Config& config, const std::string& path) {
  std::vector<std::string> lines = lines_of(path, true, "a secret (aemp gensecret FILE)");
  config.secret = std::move(lines.front());
  lines.erase(lines.begin());
  config.secret_also = std::move(lines);
}

void read_key_file(aemp::Config& config, const std::string& path) {
  std::vector<std::string> lines = lines_of(path, true, "a key (aemp genkey FILE)");
  const std::size_t count = lines.size();
  if (count == 1) config.key = std::move(lines.front());
  for (std::string& line : lines) wipe(line);
  if (count != 1)
    throw UsageError(quoted(path) + ": expected one key, not " + std::to_string(count));
}

void read_allow_file(aemp::Config& config, const std::string& path) {
  config.allow = lines_of(path, false, "lines of a public key and node IDs");
}

void wipe_secrets(aemp::Config& config) {
  if (config.secret) wipe(*config.secret);
  if (config.secret_also) {
    for (std::string& secret : *config.secret_also) wipe(secret);
  }
  if (config.key) wipe(*config.key);
}

int generate_secret(Options& options) {
  const std::string secret = aemp::generate_secret();
  return deliver(options, secret, "fingerprint " + aemp::key_fingerprint(secret));
}

int generate_key(Options& options) {
  const std::string key = aemp::generate_key();
  return deliver(options, key, aemp::public_key(key));
}

}  // namespace tool
