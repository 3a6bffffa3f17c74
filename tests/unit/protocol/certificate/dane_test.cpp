#include "protocol/certificate/dane.hpp"

#include <gmock/gmock.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include "tests/unit/protocol/certificate/certificate_scene.hpp"

namespace fedhub {

inline std::ostream& operator<<(std::ostream& out, dane_status x) { return out << to_string(x); }

} // namespace fedhub

namespace fedhub::test {
namespace {

using enum dane_status;
using std::chrono::days;
using testing::ElementsAre;

constexpr uint8_t certificate = 0, key = 1;
constexpr uint8_t full = 0, sha256 = 1, sha512 = 2;

const pki& the() { return pki::shared(); }

std::string text_of(const unsigned char* octets, size_t size) {
  return {reinterpret_cast<const char*>(octets), size};
}

std::string key_der(const identity& who) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(who.certificate.get()), &der);
  auto result = text_of(der, static_cast<size_t>(size));
  OPENSSL_free(der);
  return result;
}

/// Returns the record that an operator would publish for this certificate.
tlsa_record record(int usage, int selector, int matching, const identity& of) {
  auto data = selector == key ? key_der(of) : to_der(*of.certificate);
  unsigned char digest[SHA512_DIGEST_LENGTH];
  const auto* octets = reinterpret_cast<const unsigned char*>(data.data());
  if (matching == sha256)
    data = text_of(SHA256(octets, data.size(), digest), SHA256_DIGEST_LENGTH);
  else if (matching == sha512)
    data = text_of(SHA512(octets, data.size(), digest), SHA512_DIGEST_LENGTH);
  return {static_cast<uint8_t>(usage), static_cast<uint8_t>(selector),
          static_cast<uint8_t>(matching), std::move(data)};
}

/// Returns a server's certificate for im.partner.example.
identity server(const identity* issuer, recipe recipe = {}) {
  recipe.issuer = issuer;
  if (recipe.names.empty())
    recipe.names = {dns("im.partner.example")};
  return make_identity(recipe);
}

struct encounter {
  presentation shown;
  std::vector<tlsa_record> records;
  std::vector<domain_name> names = {domain("im.partner.example")};
  eku_policy accept_eku = eku_policy::server;
};

struct outcome {
  dane_status status;
  std::string by = {}; ///< the record's numbers, if matched.
  std::string detail = {};
};

outcome meet(const encounter& encounter) {
  trust_store trust;
  for (const auto* anchor : encounter.shown.trusted)
    EXPECT_EQ(trust.add_anchors(to_pem(*anchor->certificate)).value_or(0), 1);
  struct stack_deleter {
    void operator()(STACK_OF(X509) * all) const { sk_X509_free(all); }
  };
  const std::unique_ptr<STACK_OF(X509), stack_deleter> sent{sk_X509_new_null()};
  for (const auto* other : encounter.shown.sent)
    sk_X509_push(sent.get(), other->certificate.get());
  auto* leaf = encounter.shown.leaf != nullptr ? encounter.shown.leaf->certificate.get() : nullptr;
  auto result = match_dane({.chain = {.leaf = leaf,
                                      .sent = sent.get(),
                                      .trust = trust,
                                      .now = encounter.shown.now,
                                      .peer = encounter.shown.peer,
                                      .accept_eku = encounter.accept_eku},
                            .records = encounter.records,
                            .names = encounter.names});
  EXPECT_EQ(result.status == matched, result.by != nullptr);
  EXPECT_EQ(result.status == matched, result.detail.empty());
  EXPECT_EQ(ERR_peek_error(), 0u);
  return {result.status, result.by != nullptr ? result.by->str() : "", std::string{result.detail}};
}

TEST(Dane, matches_every_usage_selector_and_form_and_nothing_else) {
  const auto leaf = server(&the().intermediate), other = server(&the().intermediate);
  const auto other_ca = make_ca("another CA", &the().root);
  for (int usage = 0; usage <= 3; ++usage) {
    // The usages 0 and 2 match an issuer, 1 and 3 the certificate itself.
    const auto& good = usage % 2 == 0 ? the().intermediate : leaf;
    const auto& bad = usage % 2 == 0 ? other_ca : other;
    const auto& wrong_place = usage % 2 == 0 ? leaf : the().intermediate;
    for (int selector = certificate; selector <= key; ++selector)
      for (int matching = full; matching <= sha512; ++matching) {
        auto numbers =
          std::to_string(usage) + " " + std::to_string(selector) + " " + std::to_string(matching);
        SCOPED_TRACE(numbers);
        const auto with = [&](std::vector<tlsa_record> records) {
          return meet({{.leaf = &leaf, .sent = {&the().intermediate}}, std::move(records)});
        };
        EXPECT_EQ(with({record(usage, selector, matching, good)}).by, numbers);
        EXPECT_EQ(with({record(usage, selector, matching, bad)}).status, no_match);
        EXPECT_EQ(with({record(usage, selector, matching, wrong_place)}).status, no_match);
        EXPECT_EQ(
          with({record(usage, selector, matching, bad), record(usage, selector, matching, good)})
            .by,
          numbers);
        if (numbers
            == "2 0 0") // the record's certificate is the anchor, so its signature is not checked
          continue;
        auto changed = record(usage, selector, matching, good);
        changed.data.back() = static_cast<char>(changed.data.back() ^ 1);
        EXPECT_NE(with({changed}).status, matched);
      }
  }
}

TEST(Dane, checks_the_further_conditions_of_each_usage) {
  const auto root = make_ca("private root"); // not trusted
  const auto ca = make_ca("private CA", &root);
  const auto good = server(&the().intermediate), private_good = server(&ca);
  const auto self = server(nullptr);
  const auto elsewhere = server(&the().intermediate, {.names = {dns("other.example")}});
  const auto expired = server(&the().intermediate, {.not_after = today - days{1}});
  const auto early = server(&ca, {.not_before = today + days{1}});
  const auto for_clients =
    server(&the().intermediate, {.extensions = {{"extendedKeyUsage", "clientAuth"}}});
  const auto weak = server(&the().intermediate, {.key = key_kind::rsa_1024});
  struct {
    const char* what;
    const identity* leaf;
    const identity* issuer; ///< sent, and matched by the usages 0 and 2.
    std::array<bool, 4> usages;
  } table[] = {
    {"all in order", &good, &the().intermediate, {true, true, true, true}},
    {"a private CA", &private_good, &ca, {false, false, true, true}},
    {"self-signed", &self, &self, {false, false, false, true}},
    {"another name", &elsewhere, &the().intermediate, {false, false, false, true}},
    {"expired", &expired, &the().intermediate, {false, false, false, true}},
    {"not yet valid", &early, &ca, {false, false, false, true}},
    {"for clients only", &for_clients, &the().intermediate, {false, false, false, true}},
    {"a weak key", &weak, &the().intermediate, {false, false, false, true}},
  };
  for (const auto& row : table)
    for (int usage = 0; usage <= 3; ++usage) {
      SCOPED_TRACE(std::string{row.what} + ", usage " + std::to_string(usage));
      const auto& of = usage % 2 == 0 ? *row.issuer : *row.leaf;
      auto result =
        meet({{.leaf = row.leaf, .sent = {row.issuer}}, {record(usage, key, sha256, of)}});
      EXPECT_EQ(result.status, row.usages[static_cast<size_t>(usage)] ? matched : no_match)
        << result.detail;
    }
}

TEST(Dane, explains_the_nearest_miss) {
  const auto elsewhere = server(&the().intermediate, {.names = {dns("other.example")}});
  const auto expired = server(&the().intermediate, {.not_after = today - days{1}});
  for (int usage = 0; usage <= 2; ++usage) {
    const auto detail = [&](const identity& leaf) {
      const auto& of = usage % 2 == 0 ? the().intermediate : leaf;
      return meet({{.leaf = &leaf, .sent = {&the().intermediate}}, {record(usage, 0, 1, of)}})
        .detail;
    };
    EXPECT_EQ(detail(elsewhere), "no name matches") << usage;
    EXPECT_EQ(detail(expired), "certificate has expired") << usage;
  }
  EXPECT_EQ(meet({{.leaf = &expired}, {record(3, 1, 1, elsewhere)}}).detail,
            "no TLSA record matches the certificate or an issuer");
}

TEST(Dane, takes_any_of_the_reference_names) {
  const auto hosted = server(&the().intermediate, {.names = {dns("xmpp.hoster.example")}});
  const auto with = [&](std::vector<domain_name> names) {
    return meet({.shown = {.leaf = &hosted, .sent = {&the().intermediate}},
                 .records = {record(2, 1, 1, the().intermediate)},
                 .names = std::move(names)})
      .status;
  };
  EXPECT_EQ(with({domain("partner.example"), domain("xmpp.hoster.example")}), matched);
  EXPECT_EQ(with({domain("partner.example")}), no_match);
  EXPECT_EQ(with({}), no_match);
}

TEST(Dane, finds_the_issuer_at_any_distance) {
  const auto root = make_ca("private root");
  const auto upper = make_ca("upper CA", &root), lower = make_ca("lower CA", &upper);
  const auto leaf = server(&lower);
  const auto with = [&](tlsa_record record, std::vector<const identity*> sent,
                        const identity* trusted = &the().root) {
    return meet(
             {{.leaf = &leaf, .sent = std::move(sent), .trusted = {trusted}}, {std::move(record)}})
      .status;
  };
  for (const auto* ca : {&lower, &upper, &root}) {
    EXPECT_EQ(with(record(2, 1, 1, *ca), {&root, &lower, &upper}), matched);
    EXPECT_EQ(with(record(0, 1, 1, *ca), {&root, &lower, &upper}, &root), matched);
  }
  // The trust anchor of a PKIX path need not be sent.
  EXPECT_EQ(with(record(0, 0, 1, root), {&lower, &upper}, &root), matched);
  // The anchor of usage 2 must be sent, unless the record has the full certificate.
  EXPECT_EQ(with(record(2, 0, sha256, root), {&lower, &upper}), no_match);
  EXPECT_EQ(with(record(2, 0, full, root), {&lower, &upper}), matched);
  EXPECT_EQ(with(record(2, 0, full, lower), {}), matched);
  EXPECT_EQ(with(record(2, 1, full, lower), {}), no_match);
  // Certificates that were sent but are not on the path do not count as issuers.
  EXPECT_EQ(with(record(2, 1, 1, the().root), {&lower, &upper, &root, &the().root}), no_match);
  EXPECT_EQ(with(record(0, 1, 1, the().root), {&lower, &upper, &the().root}, &root), no_match);
}

TEST(Dane, does_not_accept_a_self_signed_certificate_as_its_own_issuer) {
  const auto self_signed_ca =
    make_identity({.names = {dns("im.partner.example")},
                   .extensions = {{"basicConstraints", "critical,CA:TRUE"}}});
  for (int matching = full; matching <= sha512; ++matching)
    EXPECT_EQ(meet({{.leaf = &self_signed_ca, .sent = {&self_signed_ca}},
                    {record(2, certificate, matching, self_signed_ca)}})
                .status,
              no_match);
  const auto no_ca = make_ca("no CA", &the().root, {{"basicConstraints", "CA:FALSE"}});
  const auto below = server(&no_ca);
  EXPECT_EQ(meet({{.leaf = &below, .sent = {&no_ca}}, {record(2, 1, 1, no_ca)}}).status, no_match);
}

TEST(Dane, skips_records_that_cannot_be_used) {
  const auto leaf = server(&the().intermediate);
  const auto good = record(3, 1, sha256, leaf);
  const auto changed = [&](auto change, tlsa_record record) {
    change(record);
    return record;
  };
  const std::vector<tlsa_record> unusable{
    {},
    changed([](auto& x) { x.usage = 4; }, good),
    changed([](auto& x) { x.usage = 255; }, good),
    changed([](auto& x) { x.selector = 2; }, good),
    changed([](auto& x) { x.matching = 3; }, good),
    changed([](auto& x) { x.data.clear(); }, good),
    changed([](auto& x) { x.data.pop_back(); }, good),
    changed([](auto& x) { x.data += '\0'; }, good),
    changed([](auto& x) { x.matching = sha512; }, good),
    changed([](auto& x) { x.matching = full; }, good),
    changed([](auto& x) { x.data.pop_back(); }, record(3, 0, full, leaf)),
    changed([](auto& x) { x.data += '\0'; }, record(3, 0, full, leaf)),
    changed([](auto& x) { x.data += '\0'; }, record(3, 1, full, leaf)),
    changed([](auto& x) { x.selector = key; }, record(3, 0, full, leaf)),
    changed([](auto& x) { x.selector = certificate; }, record(3, 1, full, leaf)),
  };
  for (const auto& entry : unusable) {
    EXPECT_EQ(meet({{.leaf = &leaf}, {entry}}).status, no_usable_records) << entry.str();
    EXPECT_EQ(meet({{.leaf = &leaf}, {entry, good}}).status, matched) << entry.str();
  }
  EXPECT_EQ(meet({{.leaf = &leaf}, unusable}).status, no_usable_records);
  EXPECT_EQ(meet({{.leaf = &leaf}, {}}).status, no_usable_records);
}

TEST(Dane, lets_the_stronger_digest_of_one_usage_and_selector_decide) {
  const auto leaf = server(&the().intermediate), other = server(&the().intermediate);
  const auto weak = record(3, key, sha256, leaf);
  const auto with = [&](tlsa_record beside) {
    return meet({{.leaf = &leaf}, {weak, std::move(beside)}}).status;
  };
  EXPECT_EQ(with(record(3, key, sha512, other)), no_match);
  EXPECT_EQ(with(record(3, key, sha512, leaf)), matched);
  EXPECT_EQ(with(record(3, certificate, sha512, other)), matched);
  EXPECT_EQ(with(record(2, key, sha512, other)), matched);
  EXPECT_EQ(with(record(3, key, full, other)), matched);
  auto unusable = record(3, key, sha512, other);
  unusable.data.pop_back();
  EXPECT_EQ(with(unusable), matched);
}

TEST(Dane, needs_a_certificate) {
  EXPECT_EQ(meet({{}, {record(3, 1, 1, the().root)}}).status, no_match);
}

TEST(Dane, keeps_to_the_policy_for_purposes) {
  const auto leaf =
    server(&the().intermediate, {.extensions = {{"extendedKeyUsage", "clientAuth"}}});
  for (int usage : {1, 2}) {
    const auto& of = usage == 2 ? the().intermediate : leaf;
    encounter encounter{{.leaf = &leaf, .sent = {&the().intermediate}}, {record(usage, 1, 1, of)}};
    encounter.accept_eku = eku_policy::any;
    EXPECT_EQ(meet(encounter).status, matched);
    encounter.shown.peer = peer_role::receiving;
    EXPECT_EQ(meet(encounter).status, no_match);
  }
}

TEST(DaneReferenceNames, are_the_domain_the_host_and_where_the_records_are) {
  const auto names = [](std::string_view host, std::string_view base) {
    std::vector<std::string> result;
    for (const auto& x : dane_reference_names(domain("partner.example"), host, base))
      result.push_back(x.str());
    return result;
  };
  EXPECT_THAT(names("a.hoster.example", "b.hoster.example"),
              ElementsAre("partner.example", "a.hoster.example", "b.hoster.example"));
  EXPECT_THAT(names("a.hoster.example", "a.hoster.example"),
              ElementsAre("partner.example", "a.hoster.example"));
  EXPECT_THAT(names("partner.example", ""), ElementsAre("partner.example"));
  EXPECT_THAT(names("192.0.2.1", "a b"), ElementsAre("partner.example"));
}

} // namespace
} // namespace fedhub::test
