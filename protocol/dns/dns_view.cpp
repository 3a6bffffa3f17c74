#include "protocol/dns/dns_view.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/dns/dns_writer.hpp"

namespace fedhub {

namespace {

using namespace dns_number;

/// A pointer to the question's name (RFC 1035 §4.1.4).
constexpr uint16_t question_name = 0xc000 | dns_header_octets;

/// Two labels in wire form, in lower case.
constexpr std::string_view server_service = "\x0c_xmpp-server\x04_tcp";
constexpr std::array<std::string_view, 2> other_services{"\x0d_xmpps-server\x04_tcp",
                                                         "\x07_jabber\x04_tcp"};

/// Returns whether a name consists of these labels in front of a domain.
bool begins_with(std::span<const uint8_t> name, std::string_view labels) {
  const std::span prefix{reinterpret_cast<const uint8_t*>(labels.data()), labels.size()};
  return name.size() > prefix.size() + 1 && same_dns_name(name.first(prefix.size()), prefix);
}

/// Begins the answer to a question: the header, with counts to be set, and the question.
dns_writer begin(const dns_query& query, uint16_t flags, dns_rcode rcode) {
  dns_writer result;
  flags |= dns_writer::response | dns_writer::recursion_available;
  if (query.recursion_desired)
    flags |= dns_writer::recursion_desired;
  if (query.checking_disabled)
    flags |= dns_writer::checking_disabled;
  result.put16(query.id);
  result.put16(static_cast<uint16_t>(flags | static_cast<uint8_t>(rcode)));
  for (const uint16_t count : {1, 0, 0, 0})
    result.put16(count);
  result.put(query.question);
  return result;
}

/// Ends an answer with this number of additional records, and with OPT if the question had one.
dns_octets end(dns_writer answer, const dns_query& query, uint16_t additionals) {
  if (query.edns) {
    answer.put_opt(0, false);
    ++additionals;
  }
  answer.set16(dns_writer::additionals, additionals);
  return answer.take();
}

void put_record_head(dns_writer& into, uint16_t type, uint32_t ttl, size_t rdata_octets) {
  into.put16(type);
  into.put16(class_in);
  into.put32(ttl);
  into.put16(static_cast<uint16_t>(rdata_octets));
}

dns_octets truncated(const dns_query& query) {
  return end(begin(query, dns_writer::authoritative | dns_writer::truncated, dns_rcode::no_error),
             query, 0);
}

} // namespace

dns_view::dns_view(std::string_view name, std::span<const uint8_t> address, uint16_t port,
                   uint32_t ttl)
  : name_(dns_name_of(name)), address_(address.begin(), address.end()), port_(port), ttl_(ttl) {}

dns_view::owner dns_view::owner_of(const dns_query& query) const {
  if (query.klass != class_in && query.klass != class_any)
    return owner::other;
  if (begins_with(query.name(), server_service))
    return owner::server;
  if (std::ranges::any_of(other_services,
                          [&](auto service) { return begins_with(query.name(), service); }))
    return owner::no_server;
  return same_dns_name(query.name(), name_) ? owner::host : owner::other;
}

dns_view_decision dns_view::decide(std::span<const uint8_t> message, dns_transport how) const {
  using kind = dns_view_decision::kind;
  auto read = read_dns_query(message);
  if (auto* fault = std::get_if<dns_query_fault>(&read)) {
    if (!fault->rcode)
      return {};
    return {fault->rcode == dns_rcode::format_error ? kind::malformed : kind::refused,
            std::move(fault->answer),
            {}};
  }
  auto& query = std::get<dns_query>(read);
  if (query.type == type_axfr || query.type == type_ixfr) // a transfer is no answer to forward
    return {kind::refused, dns_error_answer(query, dns_rcode::refused), {}};
  const auto what = owner_of(query);
  const auto limit = query.most_octets(how);
  const auto address_type = address_.size() == 4 ? type_a : type_aaaa;
  const auto asked = [&](uint16_t type) { return query.type == type || query.type == type_any; };
  switch (what) {
  case owner::other:
    return {kind::forward, {}, std::move(query)};
  case owner::server:
    if (asked(type_srv))
      return {kind::records, answer_records(query, what, limit), {}};
    break;
  case owner::host:
    if (asked(address_type))
      return {kind::records, answer_records(query, what, limit), {}};
    break;
  case owner::no_server:
    break;
  }
  return {kind::no_data, answer_no_data(query, limit), {}};
}

dns_octets dns_view::answer_records(const dns_query& query, owner what, size_t limit) const {
  const auto address_type = address_.size() == 4 ? type_a : type_aaaa;
  auto result = begin(query, dns_writer::authoritative, dns_rcode::no_error);
  result.set16(dns_writer::answers, 1);
  result.put16(question_name);
  if (what == owner::host) {
    put_record_head(result, address_type, ttl_, address_.size());
    result.put(address_);
  } else {
    put_record_head(result, type_srv, ttl_, 6 + name_.size());
    result.put16(0);
    result.put16(0);
    result.put16(port_);
    result.put(name_); // never compressed (RFC 2782)
  }
  const size_t opt = query.edns ? dns_writer::opt_octets : 0;
  if (result.size() + opt > limit)
    return truncated(query);
  // If there is room, adds the address of the target, which saves a question.
  if (what == owner::host || result.size() + name_.size() + 10 + address_.size() + opt > limit)
    return end(std::move(result), query, 0);
  result.put(name_);
  put_record_head(result, address_type, ttl_, address_.size());
  result.put(address_);
  return end(std::move(result), query, 1);
}

dns_octets dns_view::answer_no_data(const dns_query& query, size_t limit) const {
  auto result = begin(query, dns_writer::authoritative, dns_rcode::no_error);
  // The SOA (RFC 2308 §3) is that of a zone that begins at this name, so that no resolver caches it
  // as the domain's.
  static constexpr std::string_view mailbox = "\x0ahostmaster";
  result.set16(dns_writer::authorities, 1);
  result.put16(question_name);
  // "hostmaster." in front of a long name would exceed the length of a name. Then the mailbox is
  // the name alone.
  const bool room = name_.size() + mailbox.size() <= 255;
  put_record_head(result, type_soa, ttl_,
                  2 * name_.size() + (room ? mailbox.size() : 0) + 5 * sizeof(uint32_t));
  result.put(name_);
  if (room)
    result.put({reinterpret_cast<const uint8_t*>(mailbox.data()), mailbox.size()});
  result.put(name_);
  for (const uint32_t figure : {1U, 3600U, 600U, 86400U, ttl_}) // serial … minimum
    result.put32(figure);
  if (result.size() + (query.edns ? dns_writer::opt_octets : 0) > limit)
    return truncated(query);
  return end(std::move(result), query, 0);
}

dns_octets dns_error_answer(const dns_query& query, dns_rcode rcode) {
  return end(begin(query, 0, rcode), query, 0);
}

} // namespace fedhub
