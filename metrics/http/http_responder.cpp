#include "metrics/http/http_responder.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <httplib.h>
#include <prometheus/text_serializer.h>

#include "metrics/hub_metrics.hpp"

namespace fedhub {

namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";
constexpr const char* exposition_text = "text/plain; version=0.0.4; charset=utf-8";

/// A connection whose input is all there and whose output is kept.
class memory_stream final : public httplib::Stream {
public:
  explicit memory_stream(const std::string& input) : input_{input} {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t size) override {
    const size_t n = std::min(size, input_.size() - position_);
    std::memcpy(to, input_.data() + position_, n);
    position_ += n;
    return static_cast<ssize_t>(n);
  }
  ssize_t write(const char* from, size_t size) override {
    output_.append(from, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string take_output() { return std::move(output_); }

private:
  const std::string& input_;
  size_t position_ = 0;
  std::string output_;
};

} // namespace

/// The library's server for everything between a request's first octet and a response's last; its
/// sockets and threads stay unused, for they wait for each client in turn, and have no limit on the
/// whole of a request.
class http_responder::server final : public httplib::Server {
public:
  server(const hub_metrics& metrics, readiness_probe not_ready, health_probe ailing) {
    set_payload_max_length(0);
    Get("/metrics", [&metrics](const httplib::Request&, httplib::Response& response) {
      response.set_content(prometheus::TextSerializer{}.Serialize(metrics.collect()),
                           exposition_text);
    });
    Get("/healthz",
        [ailing = std::move(ailing)](const httplib::Request&, httplib::Response& response) {
          const std::string reason = ailing ? ailing() : std::string{};
          response.status = reason.empty() ? 200 : 503;
          response.set_content(reason.empty() ? "ok\n" : reason + '\n', plain_text);
        });
    Get("/readyz",
        [not_ready = std::move(not_ready)](const httplib::Request&, httplib::Response& response) {
          const std::string reason = not_ready();
          response.status = reason.empty() ? 200 : 503;
          response.set_content(reason.empty() ? "ready\n" : reason + '\n', plain_text);
        });
    set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.status == 404)
        response.set_content("not here; there are GET /metrics, GET /healthz and GET /readyz\n",
                             plain_text);
    });
  }

  void serve(httplib::Stream& stream) {
    bool closed = false;
    process_request(stream, true, closed, {});
  }
};

http_responder::http_responder(const hub_metrics& metrics, readiness_probe not_ready,
                               health_probe ailing)
  : server_{std::make_unique<server>(metrics, std::move(not_ready), std::move(ailing))} {}

http_responder::http_responder(http_responder&&) noexcept = default;
http_responder::~http_responder() = default;

std::string http_responder::respond(const std::string& request) {
  memory_stream stream{request};
  server_->serve(stream);
  return stream.take_output();
}

} // namespace fedhub
