// TLS with certificates made here, and their replacement while serving.
#include <catch2/catch.hpp>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "engine/base/owned.h"
#include "tests/support/certificate_files.h"
#include "tests/unit/http/client.h"
#include "tests/unit/http/test_server.h"

namespace hookswitch::test {
namespace {

/// A client that speaks TLS over a Client's socket, blocking.
class TlsClient {
 public:
  explicit TlsClient(uint16_t port, int newest_version = 0)
      : tcp_(port), context_(SSL_CTX_new(TLS_client_method())), ssl_(nullptr) {
    if (newest_version != 0) SSL_CTX_set_max_proto_version(context_.get(), newest_version);
    timeval patience{5, 0};
    setsockopt(tcp_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), tcp_.fd());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  bool connected() const { return connected_; }
  void send(std::string_view bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  /// Reads until `mark` has come or the connection ends.
  std::string read_until(std::string_view mark) {
    std::string out;
    char bytes[16384];
    while (out.find(mark) == std::string::npos) {
      int got = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (got <= 0) break;
      out.append(bytes, static_cast<size_t>(got));
    }
    return out;
  }
  bool ended_properly() {
    char byte = 0;
    int got = SSL_read(ssl_.get(), &byte, 1);
    return SSL_get_error(ssl_.get(), got) == SSL_ERROR_ZERO_RETURN;
  }
  std::string server_name() {
    Owned<X509, X509_free> seen(SSL_get1_peer_certificate(ssl_.get()));
    char name[64] = "";
    X509_NAME_get_text_by_NID(X509_get_subject_name(seen.get()), NID_commonName, name, sizeof name);
    return name;
  }
  /// How many the server sent.
  int certificates() { return sk_X509_num(SSL_get_peer_cert_chain(ssl_.get())); }

 private:
  Client tcp_;
  Owned<SSL_CTX, SSL_CTX_free> context_;
  Owned<SSL, SSL_free> ssl_;
  bool connected_ = false;
};

std::string read_file(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The same private key, behind a password.
std::string locked(const std::string& pem) {
  using Text = Owned<BIO, BIO_free_all>;
  Text in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))), out(BIO_new(BIO_s_mem()));
  Owned<EVP_PKEY, EVP_PKEY_free> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr));
  PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr, const_cast<char*>("secret"));
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<size_t>(size)};
}

struct TlsServer : TestServer {
  explicit TlsServer(ServerOptions given = {}) : TestServer(std::move(given)) {
    files.write("first");
    options.listeners = {{"127.0.0.1:0", true, files.cert(), files.key()}};
  }
  CertificateFiles files;
};

TEST_CASE("requests and answers of any size go through TLS") {
  TlsServer server;
  server.handler.on("/tls", [](Request&& request, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({200, {}, request.tls && request.peer == "127.0.0.1" ? "over TLS" : "plain"});
  });
  server.start();
  TlsClient client(server.port());
  REQUIRE(client.connected());
  client.send("GET /tls HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("over TLS").ends_with("over TLS"));
  std::string body(3 << 20, 'a');
  client.send("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size() + 4) + "\r\n\r\n" + body +
              "END.");
  CHECK(client.read_until("END.").size() > body.size());
  client.send("GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("GET /x ").find("200 OK") != std::string::npos);
  CHECK(client.ended_properly());
}

TEST_CASE("requests pipelined through TLS beyond what may be outstanding are all answered") {
  ServerOptions options;
  options.pipelined_max = 2;
  TlsServer server(options);
  server.start();
  TlsClient client(server.port());
  std::string all;
  for (int i = 0; i < 100; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
  client.send(all);
  CHECK(client.read_until("GET /99 ").find("GET /50 ") != std::string::npos);
}

TEST_CASE("a new certificate is used from the next connection on, and a bad one is refused") {
  TlsServer server;
  server.start();
  TlsClient before(server.port());
  CHECK(before.server_name() == "first");
  server.files.write("second");
  REQUIRE(server->reload_certificates());
  TlsClient after(server.port());
  CHECK(after.server_name() == "second");
  before.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(before.read_until("GET /a ").find("200 OK") != std::string::npos);
  std::ofstream(server.files.key()) << "no key";
  auto reloaded = server->reload_certificates();
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().code == Code::invalid);
  CHECK(reloaded.error().message.find(server.files.key()) != std::string::npos);
  CHECK(TlsClient(server.port()).server_name() == "second");
}

TEST_CASE("a certificate or key that is no file, or that asks for a password, is refused and not waited for") {
  TlsServer server;
  server.start();
  const std::string key = read_file(server.files.key());
  std::filesystem::remove(server.files.key());
  REQUIRE(mkfifo(server.files.key().c_str(), 0600) == 0);
  auto reloaded = server->reload_certificates();
  REQUIRE_FALSE(reloaded);
  CHECK(reloaded.error().message.find(server.files.key() + ": found no regular file") != std::string::npos);
  std::filesystem::remove(server.files.key());
  std::ofstream(server.files.key()) << locked(key);
  CHECK_FALSE(server->reload_certificates());
  CHECK(TlsClient(server.port()).server_name() == "first");
}

TEST_CASE("the certificates behind the server's own are sent with it") {
  TlsServer server;
  CertificateFiles other;
  other.write("above");
  std::ofstream(server.files.cert(), std::ios::app) << read_file(other.cert());
  server.start();
  CHECK(TlsClient(server.port()).certificates() == 2);
  std::ofstream(server.files.cert(), std::ios::app) << "-----BEGIN CERTIFICATE-----\nbroken\n";
  CHECK_FALSE(server->reload_certificates());
}

TEST_CASE("a server without its certificate does not start") {
  TlsServer server;
  SystemClock clock;
  server.options.listeners[0].cert_file = "/nowhere/cert.pem";
  auto started = Server::start(server.options, server.handler, clock);
  REQUIRE_FALSE(started);
  CHECK(started.error().code == Code::invalid);
}

TEST_CASE("TLS older than 1.2 is refused, 1.2 is spoken") {
  TlsServer server;
  server.start();
  CHECK_FALSE(TlsClient(server.port(), TLS1_1_VERSION).connected());
  CHECK(TlsClient(server.port(), TLS1_2_VERSION).connected());
  CHECK(server.refused("handshake") == 1);
}

TEST_CASE("a handshake that does not come about in time is cut") {
  ServerOptions options;
  options.header_timeout_ms = 80;
  TlsServer server(options);
  server.start();
  Client silent(server.port());
  CHECK(silent.closed());
  CHECK(server.refused("handshake") == 1);
}

TEST_CASE("connections beyond the most are told so through TLS too") {
  ServerOptions options;
  options.connections_max = 1;
  TlsServer server(options);
  server.start();
  TlsClient first(server.port()), second(server.port());
  CHECK(second.read_until("\r\n\r\n").starts_with("HTTP/1.1 503"));
  first.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(first.read_until("GET /a ").find("200 OK") != std::string::npos);
}

TEST_CASE("plain HTTP on a TLS port is a failed handshake, and costs nobody else") {
  TlsServer server;
  server.start();
  Client plain(server.port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(plain.closed());
  TlsClient client(server.port());
  client.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("GET /a ").find("200 OK") != std::string::npos);
}

TEST_CASE("a client that goes while TLS is written to it is an error and not the end") {
  TlsServer server;
  server.handler.on("/big", [](Request&&, std::string, std::shared_ptr<Exchange> exchange) {
    exchange->respond({200, {}, std::string(32 << 20, 'a')});
  });
  server.start();
  {
    TlsClient client(server.port());
    client.send("GET /big HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("\r\n\r\n");
  }
  CHECK(eventually([&] { return server->stats().open_connections == 0; }));
}

}  // namespace
}  // namespace hookswitch::test
