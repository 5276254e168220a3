// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
//
// platform_bsd.cc, twice: as a BSD has it, and as macOS has it, without the flags of socket(2).
// What Linux lacks is made here of what it has.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "os/host.h"
#include "os/sys.h"
#include "os/temp_dir.h"

namespace {

[[maybe_unused]] constexpr int kInheritZero = 3;

int minherit(void* page, std::size_t size, int how) {
  EXPECT_EQ(how, kInheritZero);
  return madvise(page, size, MADV_WIPEONFORK);
}

// As the manual says: only of a connected unix socket.
int getpeereid(int fd, uid_t* uid, gid_t* gid) {
  ucred cred{};
  socklen_t size = sizeof cred;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &size) != 0) return -1;
  if (cred.pid == 0) {
    errno = ENOTCONN;
    return -1;
  }
  *uid = cred.uid;
  *gid = cred.gid;
  return 0;
}

struct accept_filter_arg {
  char af_name[16];
  char af_arg[240];
};

}  // namespace

#define SO_ACCEPTFILTER 0x1000
#define INHERIT_ZERO kInheritZero
#define platform platform_of_a_bsd
#include "os/platform_bsd.cc"
#undef platform

#undef AEMP_OS_PLATFORM_H
#undef SOCK_CLOEXEC
#undef INHERIT_ZERO
#undef SO_ACCEPTFILTER
#define SO_NOSIGPIPE SO_KEEPALIVE  // any option that every stream socket has
#define platform platform_of_macos
#include "os/platform_bsd.cc"
#undef platform

namespace aemp {
namespace {

struct Calls {
  const char* name;
  int (*open_socket)(int, int);
  int (*accept)(int, sockaddr*, socklen_t*);
  int (*open_pipe)(int*);
  int (*send_flags)() noexcept;
  PeerCred (*peer_cred)(int);
  bool (*fill_random)(std::span<std::uint8_t>);
};
#define AEMP_CALLS(name, from)                                                                 \
  Calls {                                                                                      \
    name, from::open_socket, from::accept, from::open_pipe, from::send_flags, from::peer_cred, \
        from::fill_random                                                                      \
  }

class PlatformBsdTest : public testing::TestWithParam<Calls> {
 protected:
  static void expect_flags(int fd) {
    ASSERT_GE(fd, 0);
    EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
    EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  const Calls& calls() const { return GetParam(); }
};

INSTANTIATE_TEST_SUITE_P(All, PlatformBsdTest,
                         testing::Values(AEMP_CALLS("Bsd", platform_of_a_bsd),
                                         AEMP_CALLS("Macos", platform_of_macos)),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(PlatformBsdTest, DescriptorsAreNonBlockingAndClosedOnExec) {
  const Fd socket(calls().open_socket(AF_INET, SOCK_STREAM));
  expect_flags(socket.get());
  int ends[2];
  ASSERT_EQ(calls().open_pipe(ends), 0);
  const Fd out(ends[0]), in(ends[1]);
  expect_flags(out.get());
  expect_flags(in.get());
  ASSERT_EQ(::write(in.get(), "x", 1), 1);
  char c = 0;
  EXPECT_EQ(::read(out.get(), &c, 1), 1);
  EXPECT_EQ(c, 'x');
  EXPECT_EQ(calls().open_socket(-1, SOCK_STREAM), -1);
}

TEST_P(PlatformBsdTest, AcceptedSocketsTooAndTheyKnowTheirPeer) {
  TempDir dir;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  dir.file("s").copy(name.sun_path, sizeof name.sun_path - 1);
  const Fd listener(calls().open_socket(AF_UNIX, SOCK_STREAM));
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  EXPECT_EQ(calls().accept(listener.get(), nullptr, nullptr), -1);
  EXPECT_EQ(errno, EAGAIN);
  const Fd dialled(calls().open_socket(AF_UNIX, SOCK_STREAM));
  EXPECT_FALSE(calls().peer_cred(dialled.get()).known);
  ASSERT_EQ(connect(dialled.get(), reinterpret_cast<sockaddr*>(&name), sizeof name), 0);
  Fd accepted(calls().accept(listener.get(), nullptr, nullptr));
  expect_flags(accepted.get());
  const PeerCred cred = calls().peer_cred(accepted.get());
  EXPECT_TRUE(cred.known);
  EXPECT_EQ(cred.uid, geteuid());
  EXPECT_EQ(cred.pid, 0) << "not told";
  accepted.reset();
  EXPECT_EQ(send(dialled.get(), "x", 1, calls().send_flags() | MSG_NOSIGNAL), -1);
  EXPECT_EQ(errno, EPIPE);
  const Fd tcp(calls().open_socket(AF_INET, SOCK_STREAM));
  EXPECT_FALSE(calls().peer_cred(tcp.get()).known);
  EXPECT_FALSE(calls().peer_cred(-1).known);
}

TEST_P(PlatformBsdTest, RandomFillsEverything) {
  std::vector<std::uint8_t> a(1000), b(1000);
  EXPECT_TRUE(calls().fill_random(a));
  EXPECT_TRUE(calls().fill_random(b));
  EXPECT_NE(a, b);
  EXPECT_TRUE(std::any_of(a.end() - 16, a.end(), [](auto x) { return x != 0; }));
  EXPECT_TRUE(calls().fill_random({}));
}

TEST(PlatformBsd, APageIsZerosInAChild) {
  EXPECT_EQ(platform_of_macos::map_page_wiped_on_fork(4096), nullptr) << "process ids are compared";
  auto* page = static_cast<unsigned char*>(platform_of_a_bsd::map_page_wiped_on_fork(4096));
  ASSERT_NE(page, nullptr);
  *page = 1;
  const pid_t child = fork();
  if (child == 0) _exit(*page);
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(*page, 1);
  munmap(page, 4096);
}

TEST(PlatformBsd, TunesWhatThereIs) {
  const Fd tcp(platform_of_a_bsd::open_socket(AF_INET, SOCK_STREAM));
  platform_of_a_bsd::tune_tcp(tcp.get(), kSecond / 2, 4096);
  int limit = 0;
  socklen_t size = sizeof limit;
  ASSERT_EQ(getsockopt(tcp.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &limit, &size), 0);
  EXPECT_EQ(limit, 4096);
  platform_of_a_bsd::accept_with_data(tcp.get());  // there is none: no harm
  platform_of_macos::accept_with_data(tcp.get());
  errno = 0;
  platform_of_a_bsd::tune_tcp(-1, 0, 4096);
  EXPECT_EQ(errno, 0);
}

TEST(PlatformBsd, OnlyTheWaitingConnectionIsToBlame) {
  EXPECT_TRUE(platform_of_a_bsd::concerns_one_connection(ECONNABORTED));
  EXPECT_TRUE(platform_of_a_bsd::concerns_one_connection(EINTR));
  EXPECT_FALSE(platform_of_a_bsd::concerns_one_connection(EMFILE));
  EXPECT_FALSE(platform_of_a_bsd::concerns_one_connection(EAGAIN));
  EXPECT_FALSE(platform_of_a_bsd::has_abstract_sockets());
}

}  // namespace
}  // namespace aemp
