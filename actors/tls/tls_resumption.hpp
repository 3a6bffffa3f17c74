// How sessions are resumed, in both roles. Parts of tls_context; nobody else needs them.
//
// The hub as a server keeps nothing: the session is in the ticket, encrypted (RFC 5077; RFC 8446
// §2.2). What was known of the peer comes back with it, its certificate too, so that it can be
// judged again by today's rules. The hub as a client keeps the last session of each pair of
// domains.
#pragma once

#include <openssl/ssl.h>

#include "protocol/text/domain_name.hpp"

namespace fedhub {

void set_server_resumption(SSL_CTX* context);
void set_client_resumption(SSL_CTX* context);

/// Has a new session resume the last one of the pair if there is one, and be kept for the next.
void resume_client_session(SSL* session, const domain_pair& pair);

} // namespace fedhub
