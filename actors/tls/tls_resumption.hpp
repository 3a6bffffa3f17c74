// Resumption of sessions, in both roles. A part of tls_context; no other file needs it.
//
// As a server the hub stores nothing: the session is in the ticket, encrypted (RFC 5077; RFC 8446
// §2.2). The ticket also brings back what was known of the peer, with its certificate, so the peer
// can be judged again by the current rules. As a client the hub stores the last session of each
// pair of domains.
#pragma once

#include <openssl/ssl.h>

#include "protocol/text/domain_pair.hpp"

namespace fedhub {

void set_server_resumption(SSL_CTX* context);
void set_client_resumption(SSL_CTX* context);

/// Makes a new session resume the last one of the pair, if there is one, and be stored for the
/// next.
void resume_client_session(SSL* session, const domain_pair& pair);

} // namespace fedhub
