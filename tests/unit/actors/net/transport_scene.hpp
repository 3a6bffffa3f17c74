// Two connected transports, and TLS sessions for both sides.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "actors/net/transport.hpp"
#include "actors/tls/tls_store.hpp"
#include "tests/unit/actors/files/folder.hpp"

namespace fedhub::test {

inline std::pair<unique_fd, unique_fd> connected_pair() {
  int ends[2] = {-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  return {unique_fd{ends[0]}, unique_fd{ends[1]}};
}

inline iovec part_of(std::string_view x) { return {const_cast<char*>(x.data()), x.size()}; }

/// Makes TLS sessions for both sides, from a store with a self-signed certificate.
class tls_pair {
public:
  tls_pair() {
    conf::config config;
    config.hub.state_dir = place_.path();
    auto loaded = tls_store::load(config, {});
    EXPECT_TRUE(loaded) << loaded.error();
    store_ = *loaded;
  }
  ssl_ptr server() const { return store_->accept({}); }
  ssl_ptr client() const { return store_->connect(domain_name::parse("corp.example").value()); }

private:
  folder place_;
  std::shared_ptr<const tls_store> store_;
};

/// Performs the handshake until both sides are done or one fails.
inline io_status shake_hands(transport& one, transport& other) {
  for (int i = 0; i < 20; ++i) {
    one.news(false);
    other.news(false);
    auto a = one.handshake();
    auto b = other.handshake();
    if (a == io_status::ok && b == io_status::ok)
      return io_status::ok;
    for (auto entry : {a, b})
      if (entry != io_status::ok && entry != io_status::would_block)
        return entry;
  }
  return io_status::would_block;
}

class transport_test : public testing::Test {
protected:
  transport_test() {
    // As the program does: OpenSSL's own writes to a closed socket would raise the signal.
    ::signal(SIGPIPE, SIG_IGN);
    auto [a, b] = connected_pair();
    hub = std::make_unique<transport>(std::move(a));
    peer = std::make_unique<transport>(std::move(b));
  }

  io_status shake_hands() { return test::shake_hands(*hub, *peer); }

  static void send(transport& from, std::string_view text) {
    auto part = part_of(text);
    auto result = from.write(&part, 1);
    EXPECT_EQ(result.status, io_status::ok) << from.last_error();
    EXPECT_EQ(result.bytes, text.size());
  }

  static io_result read_once(transport& from) {
    char part[32768];
    from.news(false);
    return from.read(part, sizeof part);
  }

  /// Reads all octets that have arrived.
  static std::string read(transport& from) {
    std::string result;
    char part[32768];
    from.news(false);
    for (io_result x; (x = from.read(part, sizeof part)).status == io_status::ok;)
      result.append(part, x.bytes);
    return result;
  }

  std::unique_ptr<transport> hub;
  std::unique_ptr<transport> peer;
};

/// Two transports whose TLS handshake is complete.
class transport_in_tls_test : public transport_test {
protected:
  transport_in_tls_test() {
    hub->start_tls(contexts.server());
    peer->start_tls(contexts.client());
    EXPECT_EQ(shake_hands(), io_status::ok);
  }
  tls_pair contexts;
};

} // namespace fedhub::test
