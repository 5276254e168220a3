// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "keys.h"

#include <aemp/error.h>
#include <aemp/keys.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
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

// All of it: what tells one file from another may stand at the end.
std::string quoted_path(const std::string& path) { return quoted(path, path.size()); }

[[noreturn]] void cannot(const char* what, const std::string& path) {
  throw UsageError("cannot " + std::string(what) + " " + quoted_path(path) + ": " +
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

struct Content {
  std::string text;
  bool is_private = false;  // nobody but its owner may read or write the file
};

Content read_all(const std::string& path) {
  const File file(path, O_RDONLY, 0);
  if (file.fd() < 0) cannot("open", path);
  struct stat info {};
  if (fstat(file.fd(), &info) != 0) cannot("read", path);
  if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode)) {
    throw UsageError(quoted_path(path) + ": expected a file, or a pipe");
  }
  Content content;
  content.is_private = (info.st_mode & 077) == 0;
  std::string& text = content.text;
  text.reserve(kMostBytes + kReadBytes);  // where it grew, copies would stay behind
  for (;;) {
    const std::size_t had = text.size();
    text.resize(had + kReadBytes);
    const ssize_t n = read(file.fd(), text.data() + had, kReadBytes);
    text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) cannot("read", path);
    if (n == 0) return content;
    if (text.size() > kMostBytes) {
      throw UsageError(quoted_path(path) + ": expected at most a megabyte");
    }
  }
}

// The lines of a file that are neither empty nor comments.
struct Lines {
  Lines() = default;
  ~Lines() {
    for (std::string& text : texts) wipe(text);
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  std::string place(std::size_t i) const { return file + " line " + std::to_string(numbers[i]); }
  void require_private() const {
    if (is_private) return;
    throw UsageError(file + ": others than its owner may read or write it: chmod 600 it");
  }

  std::string file;         // in quotes
  bool is_private = false;  // see Content
  std::vector<std::string> texts;
  std::vector<std::size_t> numbers;  // counted from 1
};

void read_lines(Lines& lines, const std::string& path, const char* expected) {
  lines.file = quoted_path(path);
  Content content = read_all(path);
  lines.is_private = content.is_private;
  std::string& text = content.text;
  if (text.starts_with(kByteOrderMark) || text.find('\0') != text.npos) {
    wipe(text);
    throw UsageError(lines.file +
                     ": expected plain text, without a byte order mark and without zero bytes");
  }
  std::size_t number = 0;
  // Where it grew, copies would stay behind.
  lines.texts.reserve(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1);
  for (std::string_view rest = text; !rest.empty();) {
    ++number;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kBlanks) + 1));
    if (line.empty() || line.front() == '#') continue;
    lines.texts.emplace_back(line);
    lines.numbers.push_back(number);
  }
  wipe(text);
  if (lines.texts.empty()) throw UsageError(lines.file + " is empty: expected " + expected);
}

std::string entry(const char* list, std::size_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

void take_secrets(aemp::Config& config, Places& places, Lines& lines) {
  lines.require_private();
  config.secret = std::move(lines.texts[0]);
  places["secret"] = lines.place(0);
  config.secret_also.emplace(std::move_iterator(lines.texts.begin() + 1),
                             std::move_iterator(lines.texts.end()));
  for (std::size_t i = 1; i < lines.texts.size(); ++i) {
    places[entry("secret_also", i - 1)] = lines.place(i);
  }
}

void take_key(aemp::Config& config, Places& places, Lines& lines) {
  lines.require_private();
  if (lines.texts.size() != 1) {
    throw UsageError(lines.file + ": expected one key, not " + std::to_string(lines.texts.size()));
  }
  config.key = std::move(lines.texts[0]);
  places["key"] = lines.place(0);
}

void take_allowed(aemp::Config& config, Places& places, Lines& lines) {
  for (std::size_t i = 0; i < lines.texts.size(); ++i) places[entry("allow", i)] = lines.place(i);
  config.allow = std::move(lines.texts);
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

void read_secret_file(aemp::Config& config, Places& places, const std::string& path) {
  Lines lines;
  read_lines(lines, path, "a secret (aemp gensecret FILE)");
  take_secrets(config, places, lines);
}

void read_key_file(aemp::Config& config, Places& places, const std::string& path) {
  Lines lines;
  read_lines(lines, path, "a key (aemp genkey FILE)");
  take_key(config, places, lines);
}

void read_allow_file(aemp::Config& config, Places& places, const std::string& path) {
  Lines lines;
  read_lines(lines, path, "lines of a public key and node IDs");
  take_allowed(config, places, lines);
}

FileKind read_any_file(aemp::Config& config, Places& places, const std::string& path) {
  Lines lines;
  read_lines(lines, path, "secrets, a key, or lines of a public key and node IDs");
  const std::string& first = lines.texts[0];
  if (first.starts_with("aemp-p1.")) {
    take_allowed(config, places, lines);
    return FileKind::allow;
  }
  if (first.starts_with("aemp-k1.")) {
    take_key(config, places, lines);
    return FileKind::key;
  }
  take_secrets(config, places, lines);
  return FileKind::secret;
}

namespace {

// What is wrong with an entry that was read from a file names file and line.
void with_places(const Places& places, const std::function<void()>& use) {
  try {
    use();
  } catch (const aemp::Error& e) {
    const std::string_view sentence = e.what();
    const std::string_view name = sentence.substr(0, sentence.find(':'));
    const auto place = places.find(name);
    if (e.code() != aemp::Errc::bad_config || place == places.end()) throw;
    throw UsageError(place->second + std::string(sentence.substr(name.size())));
  }
}

}  // namespace

void configure(aemp::Node& node, const aemp::Config& config, const Places& places) {
  with_places(places, [&] { node.configure(config); });
}

void reload(aemp::Node& node, const aemp::Config& config, const Places& places) {
  with_places(places, [&] { node.reload(config); });
}

// The compiler must not see that nobody reads it any more.
void wipe(std::string& text) {
  text.resize(text.capacity());  // with what an assignment left behind its end
  std::size_t size = text.size();
  for (volatile char* at = text.data(); size > 0; --size) *at++ = 0;
  text.clear();
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
