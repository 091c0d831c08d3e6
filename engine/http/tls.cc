#include "engine/http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>

#include "engine/base/small_file.h"

namespace hookswitch {
namespace {

// Reads out OpenSSL's error queue, which is per thread and sticky: an entry left behind would look like the next
// connection's failure.
std::string take_openssl_error() {
  unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no reason given";
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

// Of what the client offers, HTTP/1.1; a client that offers other protocols only is refused.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* in,
                    unsigned int in_size, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  auto* chosen = const_cast<unsigned char**>(out);
  int found = SSL_select_next_proto(chosen, out_size, kHttp11, sizeof kHttp11 - 1, in, in_size);
  return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_options(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

// Why a file that was read, or was not, is of no use.
std::string reason(const std::expected<SmallFile, std::string>& file) {
  return file ? take_openssl_error() : "found " + file.error();
}

using PemText = Owned<BIO, BIO_free_all>;

PemText pem_of(const std::string& text) {
  return PemText(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Instead of asking whoever sits at the terminal.
void* no_password() { return const_cast<char*>(""); }

// The server's own certificate first, then those that lead to one that clients know.
bool use_certificates(SSL_CTX* context, const std::string& text) {
  PemText pem = pem_of(text);
  Owned<X509, X509_free> own(PEM_read_bio_X509_AUX(pem.get(), nullptr, nullptr, no_password()));
  if (own == nullptr || SSL_CTX_use_certificate(context, own.get()) != 1) return false;
  while (true) {
    Owned<X509, X509_free> next(PEM_read_bio_X509(pem.get(), nullptr, nullptr, no_password()));
    if (next == nullptr) break;
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return false;
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_end) ERR_clear_error();
  return at_end;
}

bool use_key(SSL_CTX* context, const std::string& text) {
  PemText pem = pem_of(text);
  Owned<EVP_PKEY, EVP_PKEY_free> key(PEM_read_bio_PrivateKey(pem.get(), nullptr, nullptr, no_password()));
  return key != nullptr && SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, Owned<SSL, SSL_free> ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {}

  // Says goodbye where that is still possible, so that the peer can tell an end from a cut.
  ~TlsTransport() override {
    if (!failed_ && !shaking_hands()) finish_writing();
  }

  int socket() const override { return socket_.fd(); }
  bool shaking_hands() const override { return SSL_is_init_finished(ssl_.get()) == 0; }

  Moved read(char* to, size_t size) override {
    size_t got = 0;
    ERR_clear_error();
    int done = SSL_read_ex(ssl_.get(), to, size, &got);
    return moved(done, got);
  }

  // One segment a call: a TLS record cannot be gathered, and answers of normal size are one segment.
  Moved write(const iovec* vectors, int count) override {
    if (count == 0) return {Moved::Outcome::done, 0};
    size_t sent = 0;
    ERR_clear_error();
    int done = SSL_write_ex(ssl_.get(), vectors[0].iov_base, vectors[0].iov_len, &sent);
    return moved(done, sent);
  }

  void finish_writing() override {
    if (std::exchange(finished_, true)) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

 private:
  Moved moved(int done, size_t bytes) {
    if (done == 1) return {Moved::Outcome::done, bytes};
    switch (SSL_get_error(ssl_.get(), done)) {
      case SSL_ERROR_WANT_READ:
        return {Moved::Outcome::want_read, 0};
      case SSL_ERROR_WANT_WRITE:
        return {Moved::Outcome::want_write, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {Moved::Outcome::ended, 0};
      default:
        failed_ = true;
        ERR_clear_error();
        return {Moved::Outcome::failed, 0};
    }
  }

  Socket socket_;
  Owned<SSL, SSL_free> ssl_;
  bool failed_ = false;
  bool finished_ = false;
};

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(std::string cert_file, std::string key_file) {
  std::shared_ptr<TlsContext> out(new TlsContext(std::move(cert_file), std::move(key_file)));
  if (auto read = out->reload(); !read) return std::unexpected(read.error());
  return out;
}

Status TlsContext::reload() {
  auto fresh = read_files();
  if (!fresh) return std::unexpected(fresh.error());
  std::lock_guard lock(mutex_);
  context_ = std::move(*fresh);
  return {};
}

Result<TlsContext::Context> TlsContext::read_files() const {
  ERR_clear_error();
  Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return fail(Code::internal, "prepare TLS: {}", take_openssl_error());
  set_options(context.get());
  const auto certificates = read_small_file(cert_file_), key = read_small_file(key_file_);
  if (!certificates || !use_certificates(context.get(), certificates->text)) {
    return fail(Code::invalid, "read the certificate {}: {}, expected PEM", cert_file_, reason(certificates));
  }
  if (!key || !use_key(context.get(), key->text)) {
    return fail(Code::invalid, "read the key {}: {}, expected the PEM key of {}", key_file_, reason(key), cert_file_);
  }
  return context;
}

std::unique_ptr<Transport> TlsContext::accept(Socket socket) {
  Context context;
  {
    std::lock_guard lock(mutex_);
    context = context_;
  }
  Owned<SSL, SSL_free> ssl(SSL_new(context.get()));
  if (ssl == nullptr || SSL_set_fd(ssl.get(), socket.fd()) != 1) return nullptr;
  SSL_set_accept_state(ssl.get());
  return std::make_unique<TlsTransport>(std::move(socket), std::move(ssl));
}

}  // namespace hookswitch
