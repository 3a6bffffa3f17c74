// For tests: an outbox between sources and a socket.
#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "actors/stanzas/outbox.hpp"
#include "protocol/text/namespaces.hpp"
#include "tests/unit/actors/stanzas/stanza_scene.hpp"

namespace fedhub::test {

/// An outbox that writes into one end of a pair of sockets. The test reads the other end.
class outbox_test : public account_test {
protected:
  outbox_test() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    int small = 8192;
    ::setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    wire = std::make_unique<transport>(unique_fd{ends[0]});
    peer = unique_fd{ends[1]};
    limit(plenty, plenty);
  }
  ~outbox_test() override {
    box.reset();
    EXPECT_EQ(queued(), 0);
    EXPECT_EQ(queued_octets(), 0);
    EXPECT_EQ(limits->bytes(), 0);
    EXPECT_EQ(limits->stanzas(), 0);
  }

  void limit(int64_t bytes, int64_t stanzas, std::string_view content_namespace = ns::server) {
    box.reset();
    limits = std::make_unique<queue_account>(bytes, stanzas, account);
    box = std::make_unique<outbox>(content_namespace, *limits);
  }
  void to_component() { limit(plenty, plenty, ns::component_accept); }

  failure push(std::string_view xml, source_stream& from) {
    auto pieces = from.cut(xml);
    auto why = box->push(pieces);
    box->publish();
    if (why != failure::none)
      account.bounced(pieces, why);
    return why;
  }
  failure push(std::string_view xml) { return push(xml, stream); }

  io_status flush(size_t budget = 1 << 20) {
    size_t n = 0;
    auto status = box->flush(*wire, budget, n);
    box->publish();
    written += n;
    return status;
  }

  /// Reads all octets that have arrived.
  std::string read() {
    std::string result;
    char part[65536];
    for (ssize_t n; (n = ::read(peer.get(), part, sizeof part)) > 0;)
      result.append(part, static_cast<size_t>(n));
    return result;
  }

  /// Sends one stanza. @returns the octets that the peer gets.
  std::string carried(std::string_view xml, source_stream& from) {
    EXPECT_EQ(push(xml, from), failure::none);
    EXPECT_EQ(flush(), io_status::ok);
    return read();
  }

  std::shared_ptr<flow_credit> credit = std::make_shared<flow_credit>(plenty, [] {});
  source_stream stream{world, credit};
  std::unique_ptr<transport> wire;
  unique_fd peer;
  std::unique_ptr<queue_account> limits;
  std::unique_ptr<outbox> box;
  size_t written = 0;
};

} // namespace fedhub::test
