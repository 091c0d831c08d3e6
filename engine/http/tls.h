// TLS on a listener's connections, with a certificate that can be replaced while it is in use.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "engine/base/error.h"
#include "engine/base/owned.h"
#include "engine/http/transport.h"

namespace hookswitch {

/// One listener's certificate. Shared by all loops.
class TlsContext {
 public:
  /// Errors: invalid, when a file cannot be read or the key does not belong to the certificate.
  static Result<std::shared_ptr<TlsContext>> load(std::string cert_file, std::string key_file);

  /// [any] Reads the files again. Connections that are open keep what they began with; when the new files are no good
  /// the old certificate stays.
  Status reload();

  /// [any] Puts TLS on an accepted socket. nullptr when OpenSSL has no memory for it.
  std::unique_ptr<Transport> accept(Socket socket);

 private:
  using Context = std::shared_ptr<SSL_CTX>;

  TlsContext(std::string cert_file, std::string key_file)
      : cert_file_(std::move(cert_file)), key_file_(std::move(key_file)) {}
  Result<Context> read_files() const;

  const std::string cert_file_, key_file_;
  std::mutex mutex_;  // guards context_
  Context context_;
};

}  // namespace hookswitch
