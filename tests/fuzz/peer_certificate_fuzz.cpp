// Certificates from any peer: they cause no fault, no invalid path is accepted, no missing name
// matches, and no text can forge a line of the log.
//
// The first octet chooses the meaning of the others: a certificate in DER, changes to a good one,
// the value of its subjectAltName, or a list of names.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <openssl/err.h>

#include "protocol/certificate/peer_certificate.hpp"
#include "tests/unit/protocol/certificate/certificate_maker.hpp"

namespace {

using namespace fedhub;
using octets = std::span<const uint8_t>;

void require(bool holds) {
  if (!holds)
    std::abort();
}

std::string_view text_of(octets x) { return {reinterpret_cast<const char*>(x.data()), x.size()}; }

/// A chain, as a peer would send it.
struct scene {
  test::identity root = test::make_ca("root");
  test::identity intermediate = test::make_ca(
    "intermediate", &root,
    {{"basicConstraints", "critical,CA:TRUE"}, {"nameConstraints", "permitted;DNS:example"}});
  std::string leaf =
    test::to_der(*test::make_identity({.issuer = &intermediate,
                                       .names = {test::dns("*.partner.example"),
                                                 test::srv("_xmpp-server.im.partner.example"),
                                                 test::xmpp("münchen.example")},
                                       .extensions = {{"extendedKeyUsage", "serverAuth,clientAuth"},
                                                      {"keyUsage", "critical,digitalSignature"}}})
                    .certificate);
  trust_store trust;
  STACK_OF(X509) * sent = sk_X509_new_null(); // never freed
  std::array<domain_name, 3> domains{*domain_name::parse("im.partner.example"),
                                     *domain_name::parse("münchen.example"),
                                     *domain_name::parse("192.0.2.1")};

  scene() {
    require(trust.add_anchors(test::to_pem(*root.certificate)).has_value());
    require(trust.add_crls(test::make_crl(root, {})).has_value());
    require(trust.add_crls(test::make_crl(intermediate, {})).has_value());
    sk_X509_push(sent, intermediate.certificate.get());
  }

  static const scene& shared() {
    static const scene one;
    return one;
  }
};

bool printable(std::string_view x) {
  return std::ranges::all_of(x, [](char c) { return c >= ' ' && c <= '~'; });
}

/// A dNSName that matches must match by OpenSSL's own rules too.
void check_against_openssl(X509* certificate, const name_match& match) {
  constexpr unsigned flags =
    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
  const auto& name = match.domain.str();
  if (match.type == name_type::dns_name)
    require(X509_check_host(certificate, name.data(), name.size(), flags, nullptr) == 1);
}

/// Every matching name must be one line of valid text, and an xmppAddr a form of the domain.
void check_names(X509* certificate, const certificate_verdict& verdict) {
  for (const auto& match : verdict.names) {
    require(match || match.presented.empty());
    require(std::ranges::none_of(match.presented, [](char c) { return c >= 0 && c < ' '; }));
    require(!match.wildcard || match.presented.find("*.") != std::string::npos);
    if (match.type == name_type::xmpp_addr)
      require(domain_name::parse(match.presented) == match.domain);
    else
      require(printable(match.presented) && (!match || !match.domain.is_ip_literal()));
    check_against_openssl(certificate, match);
  }
}

void judge(std::string_view der) {
  const auto& at = scene::shared();
  const auto* start = reinterpret_cast<const unsigned char*>(der.data());
  const openssl_ptr<X509> openssl{d2i_X509(nullptr, &start, static_cast<long>(der.size()))};
  ERR_clear_error();
  if (!openssl)
    return;
  for (auto policy : {eku_policy::server, eku_policy::any}) {
    const auto verdict = judge_certificate({.leaf = openssl.get(),
                                            .sent = at.sent,
                                            .trust = at.trust,
                                            .now = test::today,
                                            .peer = peer_role::initiating,
                                            .accept_eku = policy,
                                            .crls = crl_rule::where_known},
                                           at.domains);
    require(ERR_peek_error() == 0);
    // The root and the intermediate have signed only one server certificate: no other has a path.
    const bool is_leaf = test::to_der(*openssl) == at.leaf;
    require(verdict.path.status != path_status::ok || is_leaf
            || X509_cmp(openssl.get(), at.root.certificate.get()) == 0
            || X509_cmp(openssl.get(), at.intermediate.certificate.get()) == 0);
    require(!is_leaf || verdict.path.status == path_status::ok);
    require(verdict.names.size() == at.domains.size());
    require(printable(verdict.subject) && printable(verdict.issuer));
    require(verdict.subject.size() <= certificate_verdict::max_shown_name);
    require(verdict.path.depth >= 0 && verdict.path.depth <= max_path + 1);
    check_names(openssl.get(), verdict);
  }
}

/// Returns a certificate whose subjectAltName has this value. It is unsigned, to save time.
std::string with_names(std::string_view value) {
  const openssl_ptr<X509> openssl{X509_dup(scene::shared().intermediate.certificate.get())};
  const std::unique_ptr<ASN1_OCTET_STRING, decltype(&ASN1_OCTET_STRING_free)> octet_string{
    ASN1_OCTET_STRING_new(), &ASN1_OCTET_STRING_free};
  ASN1_OCTET_STRING_set(octet_string.get(), reinterpret_cast<const unsigned char*>(value.data()),
                        static_cast<int>(value.size()));
  auto* made = X509_EXTENSION_create_by_NID(nullptr, NID_subject_alt_name, 0, octet_string.get());
  X509_add_ext(openssl.get(), made, -1);
  X509_EXTENSION_free(made);
  unsigned char* der = nullptr;
  const int size = i2d_re_X509_tbs(openssl.get(), &der); // invalidates the cached encoding
  require(size > 0);
  OPENSSL_free(der);
  return test::to_der(*openssl);
}

/// Returns names: for each an octet for the type, one for the length, and the name's octets.
std::vector<test::alt_name> read_names(octets octets) {
  std::vector<test::alt_name> names;
  while (octets.size() >= 2) {
    constexpr unsigned kinds = static_cast<unsigned>(test::alt_name::kind::ip) + 1;
    const auto kind = static_cast<test::alt_name::kind>(octets[0] % kinds);
    const size_t length = std::min<size_t>(octets[1], octets.size() - 2);
    names.push_back({kind, std::string{text_of(octets.subspan(2, length))}});
    octets = octets.subspan(2 + length);
  }
  return names;
}

/// Returns the good certificate with changed octets. Each change is two octets of position and one
/// of value.
std::string changed(octets octets) {
  auto der = scene::shared().leaf;
  for (; octets.size() >= 3; octets = octets.subspan(3))
    der[(octets[0] * 256u + octets[1]) % der.size()] ^= static_cast<char>(octets[2]);
  return der;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0)
    return 0;
  const octets rest{data + 1, size - 1};
  switch (data[0] % 4) {
  case 0:
    judge(text_of(rest));
    break;
  case 1:
    judge(changed(rest));
    break;
  case 2:
    judge(with_names(text_of(rest)));
    break;
  default:
    judge(with_names(test::names_der(read_names(rest))));
    break;
  }
  return 0;
}
