// The parts of the bridge that read what strangers send: lines, messages, ids, and what becomes of a
// conversation when its daemon goes.
#include <random>
#include <string>

#include "bridge/endpoint.h"
#include "bridge/json_fields.h"
#include "bridge/line_buffer.h"
#include "bridge/session.h"
#include "check.h"

using haypile::bridge::ErrorLine;
using haypile::bridge::Fields;
using haypile::bridge::Line;
using haypile::bridge::LineBuffer;
using haypile::bridge::MessageScan;
using haypile::bridge::Quoted;
using haypile::bridge::ReadFields;
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
  // What a cancellation is about, and nothing that only looks like it.
  CHECK(Scan(R"({"method":"notifications/cancelled","params":{"reason":"r","requestId":"a\"b"}})").requestId() ==
        R"("a\"b")");
  CHECK(Scan(R"({"params":{"requestId" : 12 },"method":"notifications/cancelled"})").requestId() == "12");
  CHECK(Scan(R"({"params":{"a":{"requestId":1},"b":[{"requestId":2}]},"method":"m"})").requestId().empty());
  CHECK(Scan(R"({"params":[{"requestId":1}],"method":"m","requestId":2})").requestId().empty());
  CHECK(Scan(R"({"params":{"requestId":1},"params":{},"method":"m"})").requestId().empty());
  const MessageScan after = Scan(R"({"params":{"id":1,"method":"x","requestId":3},"id":9,"method":"m"})");
  CHECK(after.id() == "9" && after.method() == "m" && after.requestId() == "3" && after.whole());
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
  CHECK(session.Fail("gone", true).empty() && session.outstanding() == 1);
  CHECK(session.Introduction() == "{\"id\":0,\"method\":\"initialize\"}\n" && session.introducing());
  CHECK(session.Received(LineOf(R"({"id":0,"result":{}})")) == Session::Pass::kForward);
  CHECK(!session.introducing() && session.outstanding() == 0);
  session.Sent(LineOf(R"({"method":"notifications/initialized"})"));
  session.Sent(LineOf(R"({"id":"a","method":"tools/call"})"));
  session.Sent(LineOf(R"({"id":2,"method":"tools/call"})"));
  session.Sent(LineOf(R"({"id":3,"result":{}})"));
  CHECK(session.outstanding() == 2);
  CHECK(session.Received(LineOf(R"({"id":2,"error":{"code":1}})")) == Session::Pass::kForward);
  CHECK(session.Fail("gone", true) == ErrorLine("\"a\"", -32603, "gone"));
  CHECK(session.outstanding() == 0);
  // Introduced already: the second answer is not for the client.
  CHECK(!session.Introduction().empty());
  CHECK(session.Received(LineOf(R"({"method":"notifications/x"})")) == Session::Pass::kForward);
  CHECK(session.Received(LineOf(R"({"id":0,"result":{}})")) == Session::Pass::kSwallow);
  CHECK(session.initialized() == "{\"method\":\"notifications/initialized\"}\n");
  // Cancelled, or never answered before the end: not waited for. What has no id is remembered.
  session.Sent(LineOf(R"({"id":5,"method":"tools/call"})"));
  session.Sent(LineOf(R"({"id":6,"method":"subscriptions/listen"})"));
  CHECK(session.outstanding() == 1);
  session.Sent(LineOf(R"({"method":"notifications/cancelled","params":{"requestId":5}})"));
  CHECK(session.outstanding() == 0 && session.unnamed() == 0);
  CHECK(session.Fail("no", true) == ErrorLine("6", -32603, "no"));
  session.Sent(LineOf(R"({"id":8,"method":"subscriptions/listen"})"));
  CHECK(session.FailEndless("over") == ErrorLine("8", -32603, "over") && session.FailEndless("over").empty());
  session.Sent(LineOf(R"([{"id":7,"method":"m"}])"));
  CHECK(session.outstanding() == 0 && session.unnamed() == 1);
  // Nobody else is to be asked: it hears so, too.
  Session lone;
  lone.Sent(LineOf(R"({"id":0,"method":"initialize"})"));
  CHECK(lone.Fail("never", false) == ErrorLine("0", -32603, "never") && lone.outstanding() == 0);
  for (int i = 0; i < 10000; ++i) {
    session.Sent(LineOf("{\"id\":" + std::to_string(i + 10) + ",\"method\":\"m\"}"));
  }
  CHECK(session.outstanding() == 4096);
  CHECK(ErrorLine("", -32600, "w") ==
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"w\"}}\n");
}

void TestPaths() {
#ifdef _WIN32
  CHECK(ResolvePath("b\\./..\\run", "C:\\x") == "C:\\x\\run");
#else
  CHECK(ResolvePath("/a/./b//../c/", "/x") == "/a/c");
  CHECK(ResolvePath("b/../../..", "/x/y") == "/");
  CHECK(ResolvePath("run", "/x") == "/x/run");
#endif
}

void TestFields() {
  Fields fields;
  CHECK(ReadFields(R"( { "pid" : 7 , "a":"x\"\\\/\n\u00e4\ud83d\ude00\ud800z", "b":true, "c":null, "d":[1,{"pid":8}]} )",
                   &fields));
  CHECK(fields.Number("pid") == 7 && fields.String("a") == "x\"\\/\n\xc3\xa4\xf0\x9f\x98\x80\xef\xbf\xbdz");
  CHECK(fields.words.count("c") == 0 && fields.strings.count("d") == 0 && fields.String("pid").empty());
  CHECK(ReadFields("{}", &fields) && fields.words.empty());
  for (const char* wrong : {"", "[]", "7", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{\"a\":\"\\x\"}",
                            "{\"a\":\"\\u12g4\"}", "{\"a\":\"", "{\"a\":[1}", "{\"a\":nul}"}) {
    CHECK(!ReadFields(wrong, &fields));
  }
  CHECK(!ReadFields("{\"a\":" + std::string(1000, '[') + std::string(1000, ']') + "}", &fields));
  CHECK(Quoted("a\"\\\n") == "\"a\\\"\\\\\\u000a\"" && Quoted("") == "null");
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
      Fields fields;
      ReadFields(line.text, &fields);
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
  TestFields();
  TestRubbish();
  return haypile::check::Report();
}
