#include "protocol/admin/remedy.hpp"

namespace fedhub::admin {

namespace {

std::string_view remedy_of_dns(failure why) {
  switch (why) {
  case failure::dns_not_found:
    return "Check the spelling of the domain. If it is right, ask its operator to publish an SRV "
           "record for _xmpp-server._tcp, or give it a [[static_route]].";
  case failure::dns_no_service:
    return "Ask the domain's operator whether it federates: its SRV record says that it does not. "
           "If "
           "it does, give it a [[static_route]].";
  case failure::dns_failed:
    return "Ask the name servers of dns.servers for the name in the detail, for example with dig. "
           "A "
           "SERVFAIL often means that the domain's DNSSEC signatures are broken.";
  case failure::dns_timeout:
    return "Check that the name servers of dns.servers can be reached by UDP and TCP, port 53, and "
           "that they reach the domain's own name servers.";
  default:
    return "Ask the domain's operator to publish public addresses. If the domain is in your own "
           "network, give it a [[static_route]], or set dns.allow_private_addresses.";
  }
}

std::string_view remedy_of_connect(failure why) {
  switch (why) {
  case failure::connect_refused:
    return "Ask the domain's operator whether the server runs and listens at the address and port "
           "in "
           "the detail.";
  case failure::connect_timeout:
    return "Check that firewalls on both sides let TCP pass from this machine to the address and "
           "port in the detail.";
  default:
    return "Check this machine's routes to the address in the detail, for IPv4 and IPv6.";
  }
}

std::string_view remedy_of_stream(failure why) {
  switch (why) {
  case failure::stream_timeout:
    return "Ask the domain's operator whether the server is overloaded. Raise timeouts.negotiation "
           "if "
           "it is only slow.";
  case failure::stream_refused:
    return "Read the stream error in the detail. Ask the domain's operator why the server sends "
           "it: "
           "often it does not serve the domain, or blocks yours.";
  case failure::stream_closed:
    return "Ask the domain's operator for the server's log at that time. A firewall that cuts "
           "connections is a frequent cause as well.";
  case failure::stream_invalid:
    return "Report the fault in the detail to the domain's operator: the server breaks RFC 6120.";
  case failure::acknowledge_timeout:
    return "Check the network path to the server for lost packets. Ask the domain's operator "
           "whether "
           "the server hangs.";
  default:
    return "Send the stanza again if it matters: nobody knows whether it has arrived. Check the "
           "network path if this happens often.";
  }
}

std::string_view remedy_of_tls(failure why) {
  switch (why) {
  case failure::tls_not_offered:
    return "Ask the domain's operator to switch TLS on. Until then, set security_mode = "
           "\"tls-optional\" in a [[trust]] rule for this domain.";
  case failure::tls_refused:
    return "Set federation.security_mode to \"tls-optional\", or security_mode in a [[trust]] rule "
           "for this domain.";
  case failure::tls_failed:
    return "Read the reason in the detail: often the server has only versions or ciphers that "
           "tls.preset does not allow, or its certificate does not fit.";
  case failure::certificate_refused:
    return "Ask the domain's operator to renew or correct the certificate. If you know the "
           "server's "
           "key, name it in pins of a [[trust]] rule.";
  default:
    return "Give the hub a certificate of a public CA for your domain ([[tls.certificate]]). Ask "
           "the "
           "domain's operator what the server objects to.";
  }
}

std::string_view remedy_of_dialback(failure why) {
  switch (why) {
  case failure::dialback_not_offered:
    return "Give the hub a certificate of a public CA for your domain ([[tls.certificate]]): the "
           "server takes nothing else.";
  case failure::dialback_refused:
    return "Check that your SRV records lead to this hub only, and that all instances of the hub "
           "have the same federation.dialback_secret.";
  case failure::dialback_error:
    return "Check that the server can reach this hub: your SRV records, their addresses, and the "
           "firewall in front of port 5269.";
  default:
    return "Check that the server can connect to this hub and gets answers. A firewall that drops "
           "packets is a frequent cause.";
  }
}

std::string_view remedy_of_queue(failure why) {
  switch (why) {
  case failure::queue_full:
    return "Find out why the destination is slow or unreachable. Raise "
           "limits.queue_stanzas_per_domain "
           "or limits.queue_bytes_per_domain if it is only slow.";
  case failure::queue_timeout:
    return "Explain the way to this domain: something before the stream fails. Raise "
           "timeouts.queue "
           "if attempts need longer.";
  case failure::memory_full:
    return "Find the destinations with the longest queues (sort by queued_bytes). Raise "
           "limits.memory_bytes, or limits.dns_questions if the detail names DNS.";
  default:
    return "Ask the destination's operator why the server stopped reading. Close its stream to "
           "begin "
           "a new one.";
  }
}

std::string_view remedy_of_stanza(failure why) {
  switch (why) {
  case failure::bad_address:
    return "Correct the address: it has to be a JID, as in user@domain/resource.";
  case failure::stanza_too_large:
    return "Send a smaller stanza, or raise limits.stanza_bytes.";
  case failure::mixed_namespaces:
    return "Report the stanza to the author of the software that made it: declare a prefix for one "
           "content namespace only.";
  case failure::new_names:
    return "Report the stanza to the author of the software that made it: use names that XML 1.0 "
           "has allowed since its first edition.";
  case failure::wrong_namespace:
    return "Report the stanza to the author of the software that made it: use the namespace of the "
           "stream.";
  default:
    return "Report the stanza to the author of the software that made it: leave white space and "
           "separators out of the namespace name.";
  }
}

} // namespace

std::string_view remedy_of(failure why) {
  using enum failure;
  switch (why) {
  case none:
    return {};
  case federation_disabled:
    return "Set federation.enabled = true.";
  case domain_denied:
    return "Add the domain to federation.allow, or remove its pattern from federation.deny, or "
           "change "
           "federation.privacy_mode.";
  case dns_not_found:
  case dns_no_service:
  case dns_failed:
  case dns_timeout:
  case address_refused:
    return remedy_of_dns(why);
  case connect_refused:
  case connect_timeout:
  case connect_unreachable:
    return remedy_of_connect(why);
  case stream_timeout:
  case stream_refused:
  case stream_closed:
  case stream_invalid:
  case acknowledge_timeout:
  case unconfirmed:
    return remedy_of_stream(why);
  case tls_not_offered:
  case tls_refused:
  case tls_failed:
  case certificate_refused:
  case external_refused:
    return remedy_of_tls(why);
  case dialback_not_offered:
  case dialback_refused:
  case dialback_error:
  case dialback_timeout:
    return remedy_of_dialback(why);
  case queue_full:
  case queue_timeout:
  case memory_full:
  case stalled:
    return remedy_of_queue(why);
  case node_unavailable:
    return "Start the node, and check its address, port and secret: the hub's log says why a node "
           "is "
           "refused.";
  case node_rejected:
    return "Read the node's own log: it answered the stanza with an error or closed its link.";
  case shutting_down:
    return "Wait until the hub runs again, then send the stanza again.";
  case bad_address:
  case stanza_too_large:
  case mixed_namespaces:
  case new_names:
  case wrong_namespace:
  case odd_namespace:
    return remedy_of_stanza(why);
  }
  return {};
}

} // namespace fedhub::admin
