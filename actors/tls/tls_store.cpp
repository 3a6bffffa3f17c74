#include "actors/tls/tls_store.hpp"

#include <algorithm>

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include "actors/tls/certificate_message.hpp"
#include "actors/tls/self_signed.hpp"
#include "conf/file/files.hpp"
#include "protocol/certificate/asn1_time.hpp"

namespace fedhub {

namespace {

// CRLs of large CAs have some megabytes, and the anchors of a system a quarter of a megabyte.
constexpr size_t max_anchor_octets = 16 << 20;
constexpr size_t max_crl_octets = 64 << 20;
constexpr size_t max_ocsp_octets = 65536;

std::string at(const std::filesystem::path& file, std::string_view what) {
  return file.string() + ": " + std::string{what};
}

tl::expected<std::string, std::string> content_of(const std::filesystem::path& file,
                                                  size_t max_octets) {
  auto content = conf::read_file(file, max_octets);
  if (const auto* fault = std::get_if<conf::file_fault>(&content))
    return tl::unexpected(at(file, fault->why));
  return std::get<std::string>(std::move(content));
}

/// Makes one digest of the whole policy that a session is made under.
class policy_digest {
public:
  void add(std::string_view part) {
    // Each part has a digest of its own, so that different lists of parts cannot give the same
    // text.
    sha256_digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(part.data()), part.size(), digest.data());
    parts_.append(digest.begin(), digest.end());
  }

  sha256_digest value() const {
    sha256_digest digest{};
    SHA256(reinterpret_cast<const unsigned char*>(parts_.data()), parts_.size(), digest.data());
    return digest;
  }

private:
  std::string parts_;
};

/// Returns a name one label below a wildcard's base that no certificate names itself; nothing if
/// the name would be too long.
std::optional<domain_name> any_name_below(const domain_name& base) {
  return domain_name::parse("any-name-at-all." + base.str());
}

bool covers(const presented_names& names, const domain_pattern& pattern) {
  if (!pattern.wildcard())
    return static_cast<bool>(match_name(names, pattern.base()));
  const auto below = any_name_below(pattern.base());
  return below && match_name(names, *below);
}

/// Makes `to` show the certificate of `from`.
bool copy_certificate(const SSL_CTX* from, SSL_CTX* to) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(const_cast<SSL_CTX*>(from), &chain);
  return SSL_CTX_use_cert_and_key(to, SSL_CTX_get0_certificate(from), SSL_CTX_get0_privatekey(from),
                                  chain, 1)
         == 1;
}

} // namespace

tls_store::loaded tls_store::load(const conf::config& config,
                                  const std::vector<domain_pattern>& local_domains,
                                  const tls_store* previous, std::chrono::sys_seconds now,
                                  state_use use) {
  std::shared_ptr<tls_store> store{new tls_store};
  if (auto done = store->load_trust(config.tls); !done)
    return tl::unexpected(done.error());
  auto& common = store->environment_;
  common.preset = config.tls.preset;
  common.resumption = config.tls.session_resumption;
  common.keys = previous ? previous->environment_.keys : std::make_shared<ticket_keys>();
  common.intermediates =
    previous ? previous->environment_.intermediates : std::make_shared<intermediate_cache>();
  // A new cache, since older sessions may have shown a certificate that the reload replaces.
  common.sessions = std::make_shared<session_cache>();
  common.store = store;
  if (auto done = store->load_certificates(config, local_domains, now, use); !done)
    return tl::unexpected(done.error());
  store->client_ = make_client_context(common);
  return store;
}

tl::expected<void, std::string> tls_store::load_trust(const conf::tls_config& config) {
  accept_eku_ = config.accept_eku;
  policy_digest policy;
  policy.add(to_string(config.preset));
  policy.add(to_string(config.accept_eku));
  std::error_code ignored;
  if (config.ca_file == conf::default_ca_file
      && !std::filesystem::exists(config.ca_file, ignored)) {
    warnings_.push_back("tls.ca_file: " + at(config.ca_file, "no such file")
                        + "; no peer's certificate can be checked");
  } else {
    const auto anchors = content_of(config.ca_file, max_anchor_octets);
    if (!anchors)
      return tl::unexpected(anchors.error());
    if (const auto count = trust_.add_anchors(*anchors); !count)
      return tl::unexpected(at(config.ca_file, count.error()));
    policy.add(*anchors);
  }
  for (const auto& file : config.crl_files) {
    const auto crls = content_of(file, max_crl_octets);
    if (!crls)
      return tl::unexpected(crls.error());
    if (const auto count = trust_.add_crls(*crls); !count)
      return tl::unexpected(at(file, count.error()));
    policy.add(*crls);
  }
  environment_.policy = policy.value();
  return {};
}

namespace {

/// Returns the base name of the chain file, or its path if another chain file has the same name:
/// certbot calls all files fullchain.pem.
std::string label_of(const conf::certificate_files& files, const conf::tls_config& config) {
  const auto name = files.chain_file.filename();
  const auto same = [&](const conf::certificate_files& other) {
    return other.chain_file != files.chain_file && other.chain_file.filename() == name;
  };
  const bool shared = std::ranges::any_of(config.certificates, same)
                      || (config.client_certificate && same(*config.client_certificate));
  return shared ? files.chain_file.string() : name.string();
}

} // namespace

tl::expected<void, std::string>
tls_store::load_certificates(const conf::config& config,
                             const std::vector<domain_pattern>& local_domains,
                             std::chrono::sys_seconds now, state_use use) {
  const auto add = [&](const conf::certificate_files& files, std::string label) {
    auto loaded = load_certificate(files, std::move(label), now);
    if (loaded)
      certificates_.push_back(std::move(*loaded));
    return std::move(loaded).map([](auto&&) {});
  };
  if (config.tls.certificates.empty()) {
    auto made = load_self_signed(config, local_domains, now, use);
    if (!made)
      return tl::unexpected(made.error());
    certificates_.push_back(std::move(*made));
  }
  for (const auto& files : config.tls.certificates)
    if (auto done = add(files, label_of(files, config.tls)); !done)
      return done;
  if (const auto& files = config.tls.client_certificate) {
    auto loaded = load_certificate(*files, label_of(*files, config.tls), now);
    if (!loaded)
      return tl::unexpected(loaded.error());
    client_certificate_ = std::make_unique<certificate>(std::move(*loaded));
  }
  return {};
}

tl::expected<tls_store::certificate, std::string>
tls_store::load_certificate(const conf::certificate_files& files, std::string label,
                            std::chrono::sys_seconds now) {
  auto result = make_certificate(std::move(label));
  auto* context = result.server.get();
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, files.chain_file.c_str()) != 1)
    return tl::unexpected(at(files.chain_file, "no usable certificate chain in PEM form: ")
                          + take_openssl_error());
  if (SSL_CTX_use_PrivateKey_file(context, files.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return tl::unexpected(at(files.key_file, "no private key in PEM form that matches ")
                          + files.chain_file.string() + ": " + take_openssl_error());
  return complete(std::move(result), files, now);
}

tl::expected<tls_store::certificate, std::string>
tls_store::load_self_signed(const conf::config& config,
                            const std::vector<domain_pattern>& local_domains,
                            std::chrono::sys_seconds now, state_use use) {
  const auto own =
    self_signed_certificate(config.hub.state_dir, config.hub.name, local_domains, now, use);
  if (!own)
    return tl::unexpected(own.error());
  auto result = make_certificate("self-signed");
  result.self_made = true;
  const conf::certificate_files files{config.hub.state_dir / "self-signed.crt", {}};
  if (SSL_CTX_use_cert_and_key(result.server.get(), own->certificate.get(), own->key.get(), nullptr,
                               1)
      != 1)
    return tl::unexpected(at(files.chain_file, take_openssl_error()));
  return complete(std::move(result), files, now);
}

tls_store::certificate tls_store::make_certificate(std::string label) const {
  certificate result;
  result.label = std::move(label);
  result.server = make_server_context(environment_);
  result.client = make_client_context(environment_);
  return result;
}

/// Completes a certificate whose server context already has certificate and key.
tl::expected<tls_store::certificate, std::string>
tls_store::complete(certificate certificate, const conf::certificate_files& files,
                    std::chrono::sys_seconds now) {
  auto* context = certificate.server.get();
  if (!copy_certificate(context, certificate.client.get()))
    return tl::unexpected(at(files.chain_file, take_openssl_error()));
  const auto* own = SSL_CTX_get0_certificate(context);
  certificate.names = presented_names::of(*own);
  certificate.not_after = to_sys_seconds(X509_get0_notAfter(own));
  if (certificate.not_after <= now)
    warnings_.push_back(at(files.chain_file, "the certificate has expired"));
  if (!files.ocsp_file.empty())
    load_staple(files.ocsp_file, context, now);
  warn_of_size(files.chain_file, context);
  return certificate;
}

void tls_store::warn_of_size(const std::filesystem::path& file, const SSL_CTX* context) {
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(const_cast<SSL_CTX*>(context), &chain);
  const auto& staple = environment_of(context).staple;
  const auto octets = certificate_message_octets(SSL_CTX_get0_certificate(context), chain,
                                                 staple ? staple->der.size() : 0);
  const auto what = "takes " + std::to_string(octets) + " octets in each TLS handshake: ";
  if (octets > max_certificate_message)
    warnings_.push_back(at(file, what + "most peers end the handshake, as they accept at most "
                                   + std::to_string(max_certificate_message)));
  else if (octets > widely_accepted_certificate_message)
    warnings_.push_back(at(file, what + "peers written in Java, such as Openfire, accept at most "
                                   + std::to_string(widely_accepted_certificate_message)
                                   + " by default"));
}

std::optional<std::chrono::sys_seconds> tls_store::renewal_due() const {
  const auto& own = certificates_.front();
  if (!own.self_made)
    return {};
  return own.not_after - self_signed_renewal;
}

void tls_store::expire_sessions(std::chrono::steady_clock::time_point now,
                                std::chrono::sys_seconds wall_clock) const {
  environment_.keys->expire(now);
  environment_.sessions->expire(wall_clock);
}

void tls_store::load_staple(const std::filesystem::path& file, SSL_CTX* context,
                            std::chrono::sys_seconds now) {
  const auto read = [&](const std::string& der) {
    STACK_OF(X509)* chain = nullptr;
    SSL_CTX_get0_chain_certs(context, &chain);
    return read_ocsp_staple(der, *SSL_CTX_get0_certificate(context), chain, now)
      .map_error([&](const std::string& why) { return at(file, why); });
  };
  auto staple = content_of(file, max_ocsp_octets).and_then(read);
  if (staple)
    environment_of(context).staple = std::move(*staple);
  else // a peer that requires one will report it; no reason not to start
    warnings_.push_back("no OCSP response is stapled: " + staple.error());
}

const tls_store::certificate* tls_store::covering(const domain_name& name) const {
  const certificate* by_wildcard = nullptr;
  for (const auto& certificate : certificates_) {
    const auto match = match_name(certificate.names, name);
    if (match && !match.wildcard)
      return &certificate;
    if (match && by_wildcard == nullptr)
      by_wildcard = &certificate;
  }
  return by_wildcard;
}

int tls_store::on_server_name(SSL* session, int*, void*) {
  const char* asked = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name);
  // Null only if nobody holds the store any more, not even the owner of this session.
  const auto store = environment_of(SSL_get_SSL_CTX(session)).store.lock();
  if (asked == nullptr || !store)
    return SSL_TLSEXT_ERR_NOACK;
  // A name that no certificate has leaves the choice by the stream's `to`.
  if (const auto name = domain_name::parse(asked))
    if (const auto* found = store->covering(*name))
      SSL_set_SSL_CTX(session, found->server.get());
  return SSL_TLSEXT_ERR_OK;
}

ssl_ptr tls_store::accept(const domain_name& to, tls_start how) const {
  const auto* found = covering(to);
  return make_server_session((found ? *found : certificates_.front()).server.get(), how);
}

ssl_ptr tls_store::connect(const domain_name& target, const domain_name& sender,
                           tls_start how) const {
  const auto* shown = client_certificate_ ? client_certificate_.get() : covering(sender);
  return make_client_session((shown ? shown->client : client_).get(), {sender, target}, how);
}

bool tls_store::covers(const domain_name& sender) const {
  if (client_certificate_)
    return static_cast<bool>(match_name(client_certificate_->names, sender));
  return covering(sender) != nullptr;
}

certificate_verdict tls_store::judge(const SSL& session, peer_role peer,
                                     std::chrono::sys_seconds now,
                                     std::span<const domain_name> domains) const {
  const auto chain = chain_of(session);
  return judge_certificate({.leaf = SSL_get0_peer_certificate(&session),
                            .sent = chain.get(),
                            .trust = trust_,
                            .now = now,
                            .peer = peer,
                            .accept_eku = accept_eku_},
                           domains);
}

path_result tls_store::check(X509& leaf, STACK_OF(X509) * sent, peer_role peer,
                             std::chrono::sys_seconds now) const {
  return check_path({.leaf = &leaf,
                     .sent = sent,
                     .trust = trust_,
                     .now = now,
                     .peer = peer,
                     .accept_eku = accept_eku_});
}

dane_result tls_store::match(const SSL& session, peer_role peer, std::chrono::sys_seconds now,
                             std::span<const tlsa_record> records,
                             std::span<const domain_name> names) const {
  const auto chain = chain_of(session);
  return match_dane({.chain = {.leaf = SSL_get0_peer_certificate(&session),
                               .sent = chain.get(),
                               .trust = trust_,
                               .now = now,
                               .peer = peer,
                               .accept_eku = accept_eku_},
                     .records = records,
                     .names = names});
}

dane_result tls_store::match_own(const domain_name& domain, std::chrono::sys_seconds now,
                                 std::span<const tlsa_record> records,
                                 std::span<const domain_name> names) const {
  const auto* found = covering(domain);
  auto* context = (found ? *found : certificates_.front()).server.get();
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  return match_dane({.chain = {.leaf = SSL_CTX_get0_certificate(context),
                               .sent = chain,
                               .trust = trust_,
                               .now = now,
                               .peer = peer_role::receiving,
                               .accept_eku = accept_eku_},
                     .records = records,
                     .names = names});
}

std::vector<domain_pattern>
tls_store::uncovered(const std::vector<domain_pattern>& local_domains) const {
  std::vector<domain_pattern> result;
  std::ranges::copy_if(local_domains, std::back_inserter(result),
                       [&](const domain_pattern& pattern) {
                         return std::ranges::none_of(certificates_, [&](const certificate& own) {
                           return !own.self_made && fedhub::covers(own.names, pattern);
                         });
                       });
  return result;
}

} // namespace fedhub
