#include "bench/load/component_link.hpp"

#include <array>
#include <system_error>

#include <openssl/evp.h>

#include "protocol/text/hex.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub::load {

component_link::component_link(event_loop& loop, owner& events, const traffic& run,
                               stanza_ends& ends)
  : owner_(events), run_(run), connection_(loop, *this), input_(*this, ends, run.opts.streams) {}

void component_link::open() {
  if (const int error = connection_.open(*run_.opts.component, 0))
    end(std::generic_category().message(error));
}

void component_link::close_stream() {
  connection_.put(stream_footer);
  connection_.flush();
}

void component_link::on_connected() {
  connection_.put(make_stream_header({.content_namespace = ns::component_accept,
                                      .to = run_.opts.domain,
                                      .version = false,
                                      .dialback = false}));
  connection_.flush();
}

size_t component_link::on_input(std::string_view pending, nanos at) {
  const size_t taken = input_.take(pending, at);
  owner_.on_read(connection_);
  return taken;
}

void component_link::on_closed(std::string_view why) {
  input_.stop();
  owner_.on_lost(why.empty() ? "the connection was closed" : why);
}

void component_link::end(std::string_view why) {
  input_.stop();
  connection_.close();
  owner_.on_lost(why);
}

void component_link::on_header(const stream_header& header) {
  // XEP-0114 §3: the digest of the stream's id and the secret.
  const std::string text = header.id + run_.opts.secret;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  connection_.put("<handshake>" + to_hex({digest.data(), size}) + "</handshake>");
  connection_.flush();
}

void component_link::on_element(const stream_element::node& node) {
  if (node.is(ns::streams, "error")) {
    end("stream error: " + read_error(node, ns::stream_errors).str());
  } else if (!ready_ && node.local_name() == "handshake") {
    ready_ = true;
    input_.skim();
    owner_.on_ready();
  }
}

void component_link::on_stanza(const stamp& x, std::string_view text, nanos at) {
  owner_.on_stanza(connection_, x, text, at);
}

} // namespace fedhub::load
