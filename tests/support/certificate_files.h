// A self-signed certificate and its key, as files.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "engine/base/owned.h"

namespace hookswitch::test {

/// A folder with a self-signed certificate, removed at the end.
class CertificateFiles {
 public:
  CertificateFiles() {
    char name[] = "/tmp/hookswitch-tls-XXXXXX";
    dir_ = mkdtemp(name);
  }
  ~CertificateFiles() { std::filesystem::remove_all(dir_); }
  CertificateFiles(const CertificateFiles&) = delete;
  CertificateFiles& operator=(const CertificateFiles&) = delete;
  std::string cert() const { return dir_ + "/cert.pem"; }
  std::string key() const { return dir_ + "/key.pem"; }

  /// With a new key each time.
  void write(const std::string& common_name) {
    Owned<EVP_PKEY, EVP_PKEY_free> pair(EVP_EC_gen("P-256"));
    Owned<X509, X509_free> made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), pair.get());
    X509_NAME* name = X509_get_subject_name(made.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(common_name.c_str()),
                               -1, -1, 0);
    X509_set_issuer_name(made.get(), name);
    X509_sign(made.get(), pair.get(), EVP_sha256());
    PEM_write_X509(File(fopen(cert().c_str(), "w")).get(), made.get());
    PEM_write_PrivateKey(File(fopen(key().c_str(), "w")).get(), pair.get(), nullptr, nullptr, 0, nullptr, nullptr);
  }

 private:
  using File = Owned<FILE, fclose>;

  std::string dir_;
};

}  // namespace hookswitch::test
