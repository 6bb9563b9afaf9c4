import Engine
import Reconciliation
import Testing

/// Answers with success in every layer.
@EventLoop
struct ContentTests {
    @Test("A report is read whole")
    func aReportIsReadWhole() async throws {
        let members = """
            "serviceType":"ALIMTALK","msgType":"AT","sendTime":"x","reportTime":"2026-01-12T11:00:00+09:00",\
            "reportType":"1","reportCode":"64008","reportText":"no permission","carrier":null,"new":{"a":[1]}
            """
        let answer = await ask(envelope(content: #"{"report":[\#(report(members))],"more":1}"#))
        let time = try #require(Timestamp(iso8601: "2026-01-12T02:00:00Z", defaultOffset: 0))
        let entry = ReportEntry(
            key: key, serviceType: "ALIMTALK", code: ReportCode("64008"), text: "no permission", reportedAt: time)
        #expect(answer == .success([entry]))
    }

    @Test("States of channels are read from their own list")
    func statesOfChannelsAreReadFromTheirOwnList() async {
        let messages = "[\(report(#""serviceType":"ALIMTALK","reportCode":"3""#)),\(report(#""serviceType":"SMS""#))]"
        let body = envelope(content: #"{"messages":\#(messages)}"#)
        let entries = await ask(about: .channels(key), body).value
        #expect(entries?.map(\.code) == [ReportCode("3"), nil])
        #expect(entries?.map(\.serviceType) == ["ALIMTALK", "SMS"])
        #expect(await ask(about: .reports(key), body).failure?.kind == .nonsense)
    }

    @Test("An empty list says that there is no report yet", arguments: ["null", "[]"])
    func anEmptyListIsTheAnswerNoReportYet(list: String) async {
        for more in ["", #","other":1"#] {
            let reports = envelope(content: #"{"report":\#(list)\#(more)}"#)
            #expect(await ask(reports) == .success([]))
            let messages = envelope(content: #"{"messages":\#(list)\#(more)}"#)
            #expect(await ask(about: .channels(key), messages) == .success([]))
        }
    }

    @Test(
        "What is absent says that there is no report yet",
        arguments: [nil, "null", "{}", #"{"other":1}"#, #"{"reports":[]}"#, #"{"report":[],"messages":[]}"#])
    func whatIsAbsentIsTheAnswerNoReportYet(content: String?) async {
        let body = envelope(content: content)
        for question in [Question.reports(key), .channels(key), .request(RequestID("20260112-0001-"))] {
            #expect(await ask(about: question, body) == .success([]))
        }
    }

    @Test("What is absent is no answer unless every layer says success", arguments: ["A401", "A999", nil])
    func whatIsAbsentIsNoAnswerUnlessEveryLayerSaysSuccess(code: String?) async {
        #expect(await ask(envelope(code, "A000")).value == nil)
        #expect(await ask(envelope("A000", code)).value == nil)
    }

    @Test("Another list is no answer where it holds something")
    func anotherListIsNoAnswerWhereItHoldsSomething() async {
        let failure = QuestionFailure(
            .nonsense, "the answer holds another list than the one asked for", transactionID: "tr-1")
        #expect(await ask(envelope(content: #"{"messages":[\#(report())]}"#)).failure == failure)
        #expect(await ask(about: .channels(key), envelope(content: #"{"report":[\#(report())]}"#)).failure == failure)
        #expect(await ask(envelope(content: #"{"messages":[]}"#)) == .success([]))
        #expect(await ask(about: .channels(key), envelope(content: #"{"report":[]}"#)) == .success([]))
    }

    @Test("A byte order mark is skipped")
    func aByteOrderMarkIsSkipped() async {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let body = Array(envelope(content: #"{"report":[\#(report())]}"#).utf8)
        #expect(await ask(mark + body).value?.count == 1)
        #expect(await ask(mark + Array(envelope().utf8)) == .success([]))
        for bytes in [mark, mark + mark + body, Array(mark.prefix(2)) + body, body + mark] {
            #expect(await ask(bytes).failure?.kind == .nonsense)
        }
    }

    @Test(
        "A list that is none is nonsense",
        arguments: [
            #"[]"#, #""""#, "1", "true", #"{"report":{}}"#, #"{"report":"x"}"#, #"{"report":1}"#, #"{"report":[null]}"#,
            #"{"report":["x"]}"#, #"{"report":[1]}"#, #"{"report":[[]]}"#, #"{"report":[{"msgKey":{}}]}"#,
            #"{"report":[{"msgKey":true}]}"#,
        ])
    func aListThatIsNoneIsNonsense(content: String) async {
        let failure = await ask(envelope(content: content)).failure
        #expect(failure?.kind == .nonsense)
        #expect(failure?.transactionID == "tr-1")
    }

    @Test("A report code that is no text is nonsense", arguments: ["[]", "{}", "true"])
    func aReportCodeThatIsNoTextIsNonsense(code: String) async {
        let body = envelope(content: #"{"report":[\#(report(#""reportCode":\#(code)"#))]}"#)
        #expect(await ask(body).failure?.kind == .nonsense)
    }

    @Test(
        "A report code may be a number, blank or null",
        arguments: [
            (#""10000""#, "10000"), ("10000", "10000"),
            ("10000.0", "10000"), ("1e4", "10000"),
            (#"" 10000\n""#, "10000"),
            ("64008", "64008"), (#""E64008a""#, "E64008a"), (#""0123abEF""#, "0123abEF"),
            (#""""#, nil), (#"" \t ""#, nil), ("null", nil),
        ] as [(String, String?)])
    func aReportCodeMayBeANumberBlankOrNull(json: String, code: String?) async {
        let body = envelope(content: #"{"report":[\#(report(#""reportCode":\#(json)"#))]}"#)
        #expect(await ask(body).value?.map(\.code?.text) == [code])
    }

    @Test(
        "A report code that cannot be one is nonsense",
        arguments: [
            "-1", "0.5", "1e300", "18446744073709551615", #""0123456789abcdefg""#, #""64 008""#, #""64008\n64008""#,
            #""\u001b[2J""#, #""64008\u202e""#, #""６４００８""#, #""<b>""#, #""64008;""#, #""\u00001""#,
        ])
    func aReportCodeThatCannotBeOneIsNonsense(code: String) async {
        let failure = QuestionFailure(.nonsense, "a report code that cannot be one", transactionID: "tr-1")
        for list in ["report", "messages"] {
            let reports = "\(report()),\(report(#""reportCode":\#(code)"#))"
            let body = envelope(content: #"{"\#(list)":[\#(reports)]}"#)
            #expect(await ask(about: list == "report" ? .reports(key) : .channels(key), body).failure == failure)
        }
    }

    @Test(
        "The text is in one of two places",
        arguments: [
            (#""reportText":"a","resultMsg":"b""#, "a"), (#""resultMsg":"b""#, "b"),
            (#""reportText":null,"resultMsg":"b""#, "b"),
            (#""reportText":"","resultMsg":"b""#, "b"), (#""reportText":7"#, "7"),
            (#""reportText":[],"resultMsg":"b""#, "b"),
            (#""reportText":"""#, nil), (#""x":1"#, nil),
        ] as [(String, String?)])
    func theTextIsInOneOfTwoPlaces(members: String, text: String?) async {
        let body = envelope(content: #"{"report":[\#(report(members))]}"#)
        #expect(await ask(body).value?.map(\.text) == [text])
    }

    @Test(
        "A time is Korean unless it says otherwise",
        arguments: [
            (#""2026-01-12T11:00:00+09:00""#, 1_768_183_200_000),
            (#""2026-01-12T11:00:00.250+09:00""#, 1_768_183_200_250),
            (#""2026-01-12T11:00:00""#, 1_768_183_200_000), (#""2026-01-12T02:00:00Z""#, 1_768_183_200_000),
            (#""""#, nil), (#""yesterday""#, nil), ("null", nil), ("17", nil), ("{}", nil),
        ] as [(String, Int64?)])
    func aTimeIsKoreanUnlessItSaysOtherwise(json: String, milliseconds: Int64?) async {
        let body = envelope(content: #"{"report":[\#(report(#""reportTime":\#(json)"#))]}"#)
        #expect(await ask(body).value?.map(\.reportedAt) == [milliseconds.map(Timestamp.init(milliseconds:))])
    }

    @Test("Entries about other messages are dropped")
    func entriesAboutOtherMessagesAreDropped() async {
        let other = #"{"msgKey":"other","reportCode":"10000"}"#
        let nobody = #"{"reportCode":"10000"}"#
        let answer = await ask(
            envelope(content: #"{"report":[\#(other),\#(report(#""reportCode":"3""#)),\#(nobody)]}"#))
        #expect(answer.value?.map(\.code) == [ReportCode("3")])
    }

    @Test(
        "An answer about other messages only is nonsense",
        arguments: [
            #"{"msgKey":"other","reportCode":"10000"}"#, #"{"reportCode":"10000"}"#, "{}", #"{"msgKey":null}"#,
            #"{"msgKey":"20260112-0001-001 "}"#, #"{"msgKey":"20260112-0001-00"}"#,
        ])
    func anAnswerAboutOtherMessagesOnlyIsNonsense(entry: String) async {
        let failure = await ask(envelope(content: #"{"report":[\#(entry)]}"#)).failure
        #expect(failure == QuestionFailure(.nonsense, "answer about other messages only", transactionID: "tr-1"))
    }

    @Test("A key is compared byte by byte")
    func aKeyIsComparedByteByByte() async {
        let composed = MessageKey("\u{e9}")
        let body = envelope(content: #"{"report":[{"msgKey":"e\u0301","reportCode":"10000"}]}"#)
        #expect(await ask(about: .reports(composed), body).failure?.kind == .nonsense)
    }

    @Test("A numeric key is the same key")
    func aNumericKeyIsTheSameKey() async {
        let body = envelope(content: #"{"report":[{"msgKey":202601120001,"reportCode":"10000"}]}"#)
        #expect(await ask(about: .reports(MessageKey("202601120001")), body).value?.count == 1)
    }
}
