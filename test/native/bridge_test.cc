// The parts of the bridge that read what strangers send: lines, messages, ids, and what becomes of a
// conversation when its daemon goes.
#include <random>
#include <string>

#include "bridge/endpoint.h"
#include "bridge/line_buffer.h"
#include "bridge/session.h"
#include "check.h"

using haypile::bridge::ErrorLine;
using haypile::bridge::Fnv1a;
using haypile::bridge::Line;
using haypile::bridge::LineBuffer;
using haypile::bridge::MessageScan;
using haypile::bridge::ResolvePath;
using haypile::bridge::Session;
using Kind = MessageScan::Kind;

namespace {

MessageScan Scan(const std::string& text) {
  MessageScan scan;
  scan.Feed(text.data(), text.size());
  return scan;
}

Line LineOf(const std::string& text) {
  LineBuffer buffer(1 << 20);
  const std::string line = text + "\n";
  buffer.Append(line.data(), line.size());
  return buffer.Take();
}

void TestScan() {
  const MessageScan request = Scan(R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})");
  CHECK(request.kind() == Kind::kRequest && request.id() == "7" && request.method() == "tools/list");
  CHECK(request.whole());
  // The id last, and words that look like keys inside values.
  const MessageScan tricky = Scan(
      R"({ "method" : "a", "params":{"id":1,"method":"x","t":"}\",\"id\":2,"},"x":["id",{"id":3}],"id" : "q\"1" })");
  CHECK(tricky.kind() == Kind::kRequest && tricky.id() == R"("q\"1")" && tricky.method() == "a");
  CHECK(Scan(R"({"method":"notifications/initialized"})").kind() == Kind::kNotification);
  CHECK(Scan(R"({"id":1,"result":{"method":"m"}})").kind() == Kind::kAnswer);
  CHECK(Scan(R"({"id":null,"method":"m"})").kind() == Kind::kNotification);
  CHECK(Scan(R"({"id":{"id":5},"method":"m"})").kind() == Kind::kNotification);
  CHECK(Scan(R"({"id":1,"id":2,"method":"m"})").id() == "2");
  CHECK(Scan(R"([{"id":1,"method":"m"}])").kind() == Kind::kOther);
  CHECK(Scan(R"([{"id":1}])").whole());
  CHECK(Scan("hello").kind() == Kind::kOther && !Scan("hello").whole());
  CHECK(!Scan(R"({"id":1)").whole());
  CHECK(!Scan(R"({"id":1}})").whole());
  CHECK(!Scan(R"({"id":1}{"id":2})").whole());
  CHECK(Scan(" \r\n").kind() == Kind::kNone);
  const MessageScan marked = Scan("\xEF\xBB\xBF{\"id\":1,\"method\":\"m\"}");
  CHECK(marked.kind() == Kind::kRequest && marked.whole() && marked.id() == "1");
  CHECK(Scan("\xEF\xBBgarbage").kind() == Kind::kOther);
  CHECK(Scan("\xEF\xBB\xBF \r\n").kind() == Kind::kNone);
  CHECK(Scan(R"({"haypile":1,"ok":true})").control());
  CHECK(!Scan(R"({"jsonrpc":"2.0","haypile":1})").control());
  const std::string longId(1000, '1');
  CHECK(Scan("{\"id\":" + longId + ",\"method\":\"m\"}").id().empty());
  const std::string deep(100000, '[');
  CHECK(!Scan("{\"a\":" + deep).whole());
}

void TestLines() {
  const std::string stream = "{\"id\":1}\n\n  \r\n{\"id\":\"two\"}\r\nrubbish\n{\"id\":3";
  for (size_t step = 1; step < 12; ++step) {
    LineBuffer buffer(1 << 20);
    for (size_t at = 0; at < stream.size(); at += step) {
      const size_t count = std::min(step, stream.size() - at);
      buffer.Append(stream.data() + at, count);
    }
    CHECK(buffer.HasLine());
    CHECK(buffer.Take().scan.id() == "1");
    CHECK(buffer.Take().text == "{\"id\":\"two\"}\r\n");
    CHECK(!buffer.Take().scan.whole());
    CHECK(!buffer.HasLine() && buffer.bytes() == 7);
  }
  LineBuffer small(64);
  const std::string big = "{\"method\":\"m\",\"params\":\"" + std::string(5000, 'x') + "\",\"id\":9}\n";
  const std::string next = "{\"id\":10}\n";
  for (const char byte : big + next) small.Append(&byte, 1);
  const Line dropped = small.Take();
  CHECK(dropped.tooLong && dropped.text.empty() && dropped.scan.id() == "9");
  const Line after = small.Take();
  CHECK(!after.tooLong && after.scan.id() == "10" && small.bytes() == 0);
}

void TestSession() {
  Session session;
  CHECK(session.Introduction().empty() && !session.introducing());
  session.Sent(LineOf(R"({"id":0,"method":"initialize"})"));
  // The daemon goes before it has answered: the next one is asked, and the client gets that answer.
  CHECK(session.Fail("gone").empty() && session.outstanding() == 1);
  CHECK(session.Introduction() == "{\"id\":0,\"method\":\"initialize\"}\n" && session.introducing());
  CHECK(session.Received(LineOf(R"({"id":0,"result":{}})")) == Session::Pass::kForward);
  CHECK(!session.introducing() && session.outstanding() == 0);
  session.Sent(LineOf(R"({"method":"notifications/initialized"})"));
  session.Sent(LineOf(R"({"id":"a","method":"tools/call"})"));
  session.Sent(LineOf(R"({"id":2,"method":"tools/call"})"));
  session.Sent(LineOf(R"({"id":3,"result":{}})"));
  CHECK(session.outstanding() == 2);
  CHECK(session.Received(LineOf(R"({"id":2,"error":{"code":1}})")) == Session::Pass::kForward);
  CHECK(session.Fail("gone") == ErrorLine("\"a\"", -32603, "gone"));
  CHECK(session.outstanding() == 0);
  // Introduced already: the second answer is not for the client.
  CHECK(!session.Introduction().empty());
  CHECK(session.Received(LineOf(R"({"method":"notifications/x"})")) == Session::Pass::kForward);
  CHECK(session.Received(LineOf(R"({"id":0,"result":{}})")) == Session::Pass::kSwallow);
  CHECK(session.initialized() == "{\"method\":\"notifications/initialized\"}\n");
  for (int i = 0; i < 10000; ++i) {
    session.Sent(LineOf("{\"id\":" + std::to_string(i + 10) + ",\"method\":\"m\"}"));
  }
  CHECK(session.outstanding() == 4096);
  CHECK(ErrorLine("", -32600, "w") ==
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"w\"}}\n");
}

void TestPaths() {
  CHECK(ResolvePath("/a/./b//../c/", "/x") == "/a/c");
  CHECK(ResolvePath("b/../../..", "/x/y") == "/");
  CHECK(ResolvePath("run", "/x") == "/x/run");
  CHECK(Fnv1a("") == "cbf29ce484222325" && Fnv1a("a") == "af63dc4c8601ec8c");
}

// Whatever comes, nothing breaks and nothing grows.
void TestRubbish() {
  std::mt19937 random(7);
  const std::string signs = "{}[]\",:\\ \n\tid1method\0\xff";
  LineBuffer buffer(4096);
  Session session;
  size_t lines = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes;
    for (size_t i = random() % 40; i > 0; --i) bytes += signs[random() % signs.size()];
    buffer.Append(bytes.data(), bytes.size());
    CHECK(buffer.bytes() < 8192);
    while (buffer.HasLine()) {
      const Line line = buffer.Take();
      ++lines;
      session.Sent(line);
      session.Received(line);
    }
  }
  CHECK(lines > 1000);
}

}  // namespace

int main() {
  TestScan();
  TestLines();
  TestSession();
  TestPaths();
  TestRubbish();
  return haypile::check::Report();
}
