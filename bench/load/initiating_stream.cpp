#include "bench/load/initiating_stream.hpp"

#include "bench/load/remote_domain.hpp"
#include "protocol/text/base64.hpp"
#include "protocol/text/namespaces.hpp"
#include "protocol/xml/error_report.hpp"

namespace fedhub::load {

namespace {

/// If the server under test is on loopback, each domain connects from its own address. The ports of
/// one address would run out in a minute of `storm`.
uint32_t source_of(const address& target, uint64_t number) {
  if (!target.loopback())
    return 0;
  constexpr uint64_t hosts = 250; // in each of 127.1.0.0/24 to 127.1.249.0/24
  return 0x7f010001 + static_cast<uint32_t>(number % hosts + (number / hosts % hosts << 8));
}

bool offers_external(const stream_element::node& features) {
  const auto mechanisms = features.child(ns::sasl, "mechanisms");
  for (auto mechanism = mechanisms ? mechanisms->first_child() : std::nullopt; mechanism;
       mechanism = mechanism->next_sibling())
    if (mechanism->is(ns::sasl, "mechanism") && mechanism->text() == "EXTERNAL")
      return true;
  return false;
}

} // namespace

initiating_stream::initiating_stream(event_loop& loop, owner& events, const traffic& run,
                                     stanza_ends& ends, uint64_t number)
  : owner_(events), run_(run), number_(number), domain_(remote_domain(number)),
    connection_(loop, *this), input_(*this, ends, run.opts.streams) {}

int initiating_stream::open() {
  const address& target = run_.opts.pipe.value_or(run_.opts.s2s);
  return connection_.open(target, source_of(target, number_));
}

void initiating_stream::close_stream() {
  phase_ = phase::closing;
  send(stream_footer);
}

void initiating_stream::on_connected() {
  if (run_.opts.pipe_mode() && run_.opts.tls)
    return connection_.start_tls(run_.contexts->client.get(), tls_role::client,
                                 run_.opts.domain.c_str());
  send_header();
}

void initiating_stream::on_secured() {
  input_.restart();
  send_header();
}

size_t initiating_stream::on_input(std::string_view pending, nanos at) {
  const size_t taken = input_.take(pending, at);
  owner_.on_read();
  return taken;
}

void initiating_stream::on_closed(std::string_view why) {
  input_.stop();
  if (phase_ == phase::closing)
    return owner_.on_ended(*this, {});
  owner_.on_ended(*this, why.empty() ? "the connection was closed" : why);
}

void initiating_stream::end(std::string_view why) {
  input_.stop();
  connection_.close();
  owner_.on_ended(*this, why);
}

void initiating_stream::send_header() {
  phase_ = phase::header;
  send(make_stream_header({.from = domain_, .to = run_.opts.domain}));
}

void initiating_stream::send(std::string_view xml) {
  connection_.put(xml);
  connection_.flush();
}

void initiating_stream::on_header(const stream_header& header) {
  if (run_.opts.pipe_mode())
    return authenticate();
  if (header.xmpp_1())
    phase_ = phase::features;
  else
    negotiate(nullptr); // a server older than XMPP 1.0 sends no features
}

void initiating_stream::negotiate(const stream_element::node* features) {
  if (certified_)
    return authenticate();
  if (!run_.opts.tls || connection_.secured())
    return !run_.opts.certificate.empty() && features && offers_external(*features) ? send_auth()
                                                                                    : send_key();
  if (!features || !features->child(ns::tls, "starttls"))
    return end("STARTTLS is not offered");
  phase_ = phase::proceed;
  send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
}

void initiating_stream::send_auth() {
  phase_ = phase::sasl;
  send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>" + to_base64(domain_)
       + "</auth>");
}

void initiating_stream::send_key() {
  phase_ = phase::result;
  // Any key works, since this program also plays the authoritative server, which finds it valid.
  send("<db:result from='" + domain_ + "' to='" + run_.opts.domain
       + "'>4d6f7265206c6967687421204d6f7265206c69676874214d6f7265206c696768</db:result>");
}

void initiating_stream::authenticate() {
  phase_ = phase::authenticated;
  input_.skim();
  owner_.on_authenticated(*this);
}

void initiating_stream::on_element(const stream_element::node& node) {
  if (node.is(ns::streams, "error")) {
    if (phase_ != phase::closing)
      end("stream error: " + read_error(node, ns::stream_errors).str());
  } else if (phase_ == phase::features && node.is(ns::streams, "features")) {
    negotiate(&node);
  } else if (phase_ == phase::proceed && node.is(ns::tls, "proceed")) {
    connection_.start_tls(run_.contexts->client.get(), tls_role::client, run_.opts.domain.c_str());
  } else if (phase_ == phase::proceed && node.is(ns::tls, "failure")) {
    end("STARTTLS is refused");
  } else if (phase_ == phase::sasl && node.is(ns::sasl, "success")) {
    certified_ = true;
    input_.restart();
    send_header();
  } else if (phase_ == phase::sasl && node.is(ns::sasl, "failure")) {
    const auto condition = node.first_child();
    end("SASL: " + std::string{condition ? condition->short_name() : "failure"});
  } else if (phase_ == phase::result && node.is(ns::dialback, "result")) {
    if (node.attribute("type") == "valid")
      return authenticate();
    const auto error = node.child(ns::server, "error");
    end("dialback: " + std::string{node.attribute("type")}
        + (error ? ": " + read_error(*error, ns::stanza_errors).str() : ""));
  }
}

void initiating_stream::on_stanza(const stamp& x, std::string_view text, nanos at) {
  owner_.on_stanza(*this, x, text, at);
}

void initiating_stream::on_stream_end() {
  if (phase_ == phase::closing)
    return end({});
  send(stream_footer);
  if (!connection_.closed())
    end("the stream was closed");
}

} // namespace fedhub::load
