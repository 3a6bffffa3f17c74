// A server of event streams, and how they end.
#pragma once

#include <chrono>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "metrics/http/http_event_stream.hpp"
#include "metrics/http/http_server.hpp"
#include "tests/unit/metrics/http/client.hpp"
#include "tests/unit/metrics/http/held_requests.hpp"

namespace fedhub {

inline const std::string get_events = "GET /events HTTP/1.1\r\nHost: hub\r\n\r\n";

/// How streams have ended, in order.
class stream_ends {
public:
  http_stream_callback callback() {
    return [this](http_stream_end why) {
      const std::lock_guard lock{mutex_};
      all_.push_back(why);
    };
  }
  std::vector<http_stream_end> all() const {
    const std::lock_guard lock{mutex_};
    return all_;
  }
  bool are(const std::vector<http_stream_end>& expected) const {
    return eventually([&] { return all() == expected; });
  }

private:
  mutable std::mutex mutex_;
  std::vector<http_stream_end> all_;
};

struct event_stream_test : testing::Test {
  const std::string path =
    testing::TempDir() + "http_event_stream_test." + std::to_string(getpid());
  uint16_t port = 0;
  held_requests requests;
  stream_ends ends; // outlives the server
  std::unique_ptr<http_server> server;

  void start(http_server::limits bounds) {
    std::vector<http_listener> listeners;
    listeners.push_back(*http_listener::tcp("127.0.0.1", 0));
    port = listeners.back().port();
    listeners.push_back(*http_listener::local(path, 0600));
    auto started = http_server::start(std::move(listeners), requests.handler(), bounds);
    ASSERT_TRUE(started) << started.error();
    server = std::move(*started);
  }
  /// Limits under which nothing ends by itself. The short lifetime must not matter to a stream.
  static http_server::limits bounds() {
    return {.lifetime = 300ms,
            .requests_per_connection = 100,
            .idle = 1h,
            .event_streams = 16,
            .event_streams_per_origin = 16,
            .comment_interval = 1h};
  }
  client tcp() const { return client{port}; }
  client local() const { return client{path}; }

  http_event_stream stream_to(client& listens, http_stream_options options = {}) {
    options.ended = ends.callback();
    listens.says(get_events);
    return requests.next().respond.stream(std::move(options));
  }
  static std::string chunk(const std::string& text) {
    char size[8];
    snprintf(size, sizeof size, "%zx", text.size());
    return std::string{size} + "\r\n" + text + "\r\n";
  }
};

} // namespace fedhub
