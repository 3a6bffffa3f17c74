#include "bench/load/receiving_stream.hpp"

#include <string>

#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub::load {

receiving_stream::receiving_stream(event_loop& loop, owner& events, const traffic& run,
                                   stanza_ends& ends, uint64_t id, unique_fd fd)
  : owner_(events), run_(run), id_(id), connection_(loop, *this),
    input_(*this, ends, run.opts.streams) {
  connection_.adopt(std::move(fd));
}

void receiving_stream::close_stream() {
  if (std::exchange(closing_, true))
    return;
  if (deaf_)
    return end(""); // the peer's answer would not be read
  send(stream_footer);
}

size_t receiving_stream::on_input(std::string_view pending, nanos at) {
  const size_t taken = input_.take(pending, at);
  owner_.on_read();
  return taken;
}

void receiving_stream::on_closed(std::string_view why) {
  input_.stop();
  // A connection without a proved domain only asked questions, so it may end without a stream
  // footer.
  const bool in_order = closing_ || (!authenticated_ && why.empty());
  owner_.on_ended(*this, in_order ? "" : why.empty() ? "the connection was closed" : why);
}

void receiving_stream::end(std::string_view why) {
  input_.stop();
  connection_.close();
  owner_.on_ended(*this, why);
}

void receiving_stream::send(std::string_view xml) {
  connection_.put(xml);
  connection_.flush();
}

void receiving_stream::on_header(const stream_header& header) {
  std::string xml = make_stream_header({.from = header.to,
                                        .to = header.from,
                                        .id = "load-" + std::to_string(id_),
                                        .version = header.xmpp_1()});
  if (header.xmpp_1()) {
    xml += "<stream:features>";
    if (run_.opts.tls && !connection_.secured())
      xml += "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
    xml += "<dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback></stream:features>";
  }
  send(xml);
}

void receiving_stream::answer(std::string_view step, const stream_element::node& node) {
  std::string xml = "<db:" + std::string{step} + " from='" + std::string{node.attribute("to")}
                    + "' to='" + std::string{node.attribute("from")} + "'";
  if (node.has_attribute("id"))
    xml += " id='" + std::string{node.attribute("id")} + "'";
  send(xml + " type='valid'/>");
}

void receiving_stream::on_element(const stream_element::node& node) {
  if (node.is(ns::streams, "error")) {
    end("stream error: " + read_error(node, ns::stream_errors).str());
  } else if (node.is(ns::tls, "starttls") && run_.opts.tls && !connection_.secured()) {
    send("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    if (!connection_.closed())
      connection_.start_tls(run_.contexts->server.get(), tls_role::server);
  } else if (run_.opts.tls && !connection_.secured()) {
    // The peer knows that TLS is required. A pair proved in clear text would cost less.
    send("<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
         "</stream:error></stream:stream>");
    end("STARTTLS was required and not used");
  } else if (node.is(ns::dialback, "verify")) {
    answer("verify", node);
    if (!connection_.closed())
      owner_.on_verified(*this);
  } else if (node.is(ns::dialback, "result")) {
    authenticated_ = true;
    input_.skim();
    answer("result", node);
    if (!connection_.closed())
      owner_.on_authenticated(*this);
  }
}

void receiving_stream::on_stanza(const stamp& x, std::string_view text, nanos at) {
  owner_.on_stanza(*this, x, text, at);
}

void receiving_stream::on_stream_end() {
  if (!std::exchange(closing_, true) && !deaf_) {
    connection_.put(stream_footer);
    connection_.flush(true);
  }
  if (!connection_.closed())
    end("");
}

} // namespace fedhub::load
