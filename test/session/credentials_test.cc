// Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#include "session/credentials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "session/records.h"
#include "support/vectors.h"

namespace aemp {
namespace {

using crypto::Key;
using crypto::NoiseHandshake;
using test::read_vectors;
using test::VectorBlock;
using Bytes = std::vector<std::uint8_t>;

Key key_of(const Bytes& bytes) { return Key(std::span<const std::uint8_t, 32>(bytes)); }

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

TEST(Credentials, PskOfEachSecretAndCluster) {
  int checked = 0;
  for (const VectorBlock& block : read_vectors("psk.txt")) {
    const Key psk = Credentials::psk(block.bytes("secret"), text_of(block.bytes("cluster")));
    EXPECT_EQ(Bytes(psk.bytes().begin(), psk.bytes().end()), block.bytes("psk")) << block.name();
    ++checked;
  }
  EXPECT_GE(checked, 6);
}

std::unique_ptr<Credentials> credentials_of(const VectorBlock& block, const std::string& who) {
  std::vector<Key> psks;
  const std::string cluster = text_of(block.bytes("cluster"));
  if (block.has("secret")) psks.push_back(Credentials::psk(block.bytes("secret"), cluster));
  std::optional<Key> own;
  if (block.has(who + "_static")) own = key_of(block.bytes(who + "_static"));
  return std::make_unique<Credentials>(std::move(psks), std::move(own), std::vector<AllowedKey>(),
                                       cluster);
}

Bytes with_length(const Bytes& body) {
  Bytes out(2);
  store_be16(out.data(), static_cast<std::uint16_t>(body.size()));
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

// A handshake of the reference implementation, message for message.
void play(const VectorBlock& block, std::map<std::string, Ciphers>& links) {
  SCOPED_TRACE(block.text("name"));
  const auto at_initiator = credentials_of(block, "initiator");
  const auto at_responder = credentials_of(block, "responder");
  EXPECT_EQ(at_initiator->suite(), block.number("suite"));
  NoiseHandshake initiator(at_initiator->dialled());
  NoiseHandshake responder(at_responder->accepted().front());
  initiator.set_ephemeral(key_of(block.bytes("initiator_ephemeral")));
  responder.set_ephemeral(key_of(block.bytes("responder_ephemeral")));

  Bytes message, payload;
  ASSERT_TRUE(initiator.write({}, message));
  EXPECT_EQ(message.size(), at_initiator->message1_bytes());
  Bytes first = {'A',
                 'E',
                 'M',
                 'P',
                 kMajorVersion,
                 at_initiator->suite(),
                 0,
                 static_cast<std::uint8_t>(message.size())};
  first.insert(first.end(), message.begin(), message.end());
  EXPECT_EQ(first, block.bytes("message.1"));
  ASSERT_TRUE(responder.read(message, payload));
  EXPECT_TRUE(payload.empty());

  message.clear();
  ASSERT_TRUE(responder.write(block.bytes("responder_hello"), message));
  EXPECT_EQ(with_length(message), block.bytes("message.2"));
  ASSERT_TRUE(initiator.read(message, payload));
  EXPECT_EQ(payload, block.bytes("responder_hello"));

  Ciphers& of_initiator = links[block.text("name") + "initiator"];
  Ciphers& of_responder = links[block.text("name") + "responder"];
  message.clear();
  if (initiator.finished()) {
    initiator.split(of_initiator.to_peer, of_initiator.from_peer);
    ASSERT_TRUE(
        put_record(of_initiator.to_peer, kRecordHello, block.bytes("initiator_hello"), message));
    EXPECT_EQ(message, block.bytes("message.3"));
    responder.split(of_responder.to_peer, of_responder.from_peer);
    Record record;
    ASSERT_TRUE(open_record(of_responder.from_peer, std::span(message).subspan(2), record));
    EXPECT_EQ(Bytes(record.data.begin(), record.data.end()), block.bytes("initiator_hello"));
  } else {
    ASSERT_TRUE(initiator.write(block.bytes("initiator_hello"), message));
    EXPECT_EQ(with_length(message), block.bytes("message.3"));
    ASSERT_TRUE(responder.read(message, payload));
    initiator.split(of_initiator.to_peer, of_initiator.from_peer);
    responder.split(of_responder.to_peer, of_responder.from_peer);
  }
  EXPECT_TRUE(std::ranges::equal(initiator.hash(), block.bytes("handshake_hash")));
  EXPECT_TRUE(std::ranges::equal(responder.hash(), block.bytes("handshake_hash")));
  message.clear();
  ASSERT_TRUE(put_record(of_responder.to_peer,
                         static_cast<std::uint8_t>(block.number("answer_type")),
                         block.bytes("answer"), message));
  EXPECT_EQ(message, block.bytes("message.4"));
}

TEST(Credentials, HandshakesOfTheReferenceImplementation) {
  std::map<std::string, Ciphers> links;
  const auto blocks = read_vectors("handshake.txt");
  EXPECT_EQ(blocks.size(), 9u);
  for (const VectorBlock& block : blocks) play(block, links);
}

TEST(Credentials, RecordsOfTheReferenceImplementation) {
  std::map<std::string, Ciphers> links;
  for (const VectorBlock& block : read_vectors("handshake.txt")) play(block, links);
  int checked = 0;
  for (const VectorBlock& block : read_vectors("records.txt")) {
    if (!block.has("handshake")) continue;
    crypto::NoiseCipher& cipher = links.at(block.text("handshake") + block.text("sender")).to_peer;
    const auto type = static_cast<std::uint8_t>(block.number("type"));
    Bytes data(block.number("size"));
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<std::uint8_t>((block.number("first") + i) % 251);
    }
    EXPECT_EQ(cipher.messages(), block.number("counter")) << block.name();
    Bytes record;
    ASSERT_TRUE(put_record(cipher, type, data, record));
    if (block.has("record")) {
      EXPECT_EQ(record, block.bytes("record")) << block.name();
    } else {
      Bytes digest(32);
      crypto::sha256(record, std::span<std::uint8_t, 32>(digest));
      EXPECT_EQ(digest, block.bytes("record_sha256")) << block.name();
    }
    if (type == kRecordKeyUpdate) cipher.rekey();
    ++checked;
  }
  EXPECT_EQ(checked, 120);
}

TEST(Credentials, Globs) {
  const auto yes = [](const char* glob, const char* text) {
    EXPECT_TRUE(glob_matches(glob, text)) << glob << " " << text;
  };
  const auto no = [](const char* glob, const char* text) {
    EXPECT_FALSE(glob_matches(glob, text)) << glob << " " << text;
  };
  yes("", "");
  yes("*", "");
  yes("*", "anything/at.all");
  yes("web-*", "web-");
  yes("web-*", "web-17");
  yes("*-*-x", "a-b-c-x");
  yes("db?", "db1");
  yes("*a*b*c", "xxaxxbxxbxc");
  no("", "a");
  no("web-*", "web");
  no("web", "web1");
  no("db?", "db");
  no("*a*b*c", "xxaxxbxxbxcx");
  no("A*", "a");
  std::string stars;
  for (int i = 0; i < 50; ++i) stars += "*a";
  no((stars + "b").c_str(), std::string(5000, 'a').c_str());  // without taking for ever
}

TEST(Credentials, AKeyIsAllowedAsTheNodesOfItsLinesOnly) {
  crypto::PublicKey one{1}, two{2}, three{3};
  const Credentials credentials({}, Key(), {{one, {"a", "b*"}}, {two, {"c"}}, {one, {"d"}}}, "");
  EXPECT_EQ(credentials.suite(), kSuiteKeys);
  EXPECT_TRUE(credentials.lists(one));
  EXPECT_FALSE(credentials.lists(three));
  for (const char* node : {"a", "b", "b2", "d"}) EXPECT_TRUE(credentials.allows(one, node)) << node;
  EXPECT_FALSE(credentials.allows(one, "c"));
  EXPECT_FALSE(credentials.allows(three, "a"));
}

}  // namespace
}  // namespace aemp
