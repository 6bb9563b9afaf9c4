import BizgoAPI
import Engine
import Reconciliation
import Testing

/// Answers that are none, by their status and by the codes of both layers.
@EventLoop
struct EnvelopeTests {
    @Test(
        "Too many requests say how long to wait",
        arguments: [
            (nil, nil), ("0", 0), ("5", 5_000), ("1.5", 1_500), (" 7 ", 7_000), ("60", 60_000), ("61", 60_000),
            ("99999999999999999999", 60_000), ("-1", nil), ("", nil), ("soon", nil), ("nan", nil), ("inf", nil),
            ("1e9", 60_000), ("1E400", nil), ("2e0", 2_000), ("25e-1", 2_500), ("+3", 3_000), ("-0", 0), ("-1e-9", nil),
            ("0x10", nil), ("1e", nil), ("1 e3", nil), ("infinity", nil), ("Wed, 21 Oct 2026 07:28:00 GMT", nil),
            ("1.2.3", nil),
        ] as [(String?, Int?)])
    func tooManyRequestsSayHowLongToWait(header: String?, milliseconds: Int?) async {
        let headers = header.map { [HTTPHeader("retry-after", $0)] } ?? []
        let failure = await ask(status: 429, headers: headers, "<html>").failure
        #expect(failure?.kind == .rateLimited(retryAfter: milliseconds.map { .milliseconds($0) }))
        #expect(failure?.detail == "HTTP 429")
    }

    @Test("The service's rate limit counts with any status", arguments: [200, 400, 403, 429, 500, 503])
    func theServicesRateLimitCountsWithAnyStatus(status: Int) async {
        let failure = await ask(
            status: status, headers: [HTTPHeader("Retry-After", "2")], envelope("A000", "A020")
        ).failure
        #expect(failure?.kind == .rateLimited(retryAfter: .seconds(2)))
        #expect(failure?.detail == "service A020: calls per second exceeded")
        #expect(failure?.transactionID == "tr-1")
    }

    @Test("A redirect is a refusal", arguments: [300, 301, 302, 303, 304, 307, 308])
    func aRedirectIsARefusal(status: Int) async {
        let failure = await ask(status: status, envelope(content: #"{"report":[\#(report())]}"#)).failure
        #expect(failure?.kind == .refused)
        #expect(failure?.detail == "HTTP \(status): redirect to another address, is api.base_url right?")
    }

    @Test("Without access the key is to blame", arguments: [401, 403])
    func withoutAccessTheKeyIsToBlame(status: Int) async {
        for body in ["", "<html>", "{}", envelope(nil, nil), envelope("A000", nil), envelope("A000", "A000")] {
            let failure = await ask(status: status, body).failure
            #expect(failure?.kind == .refused)
            #expect(failure?.detail.hasPrefix("HTTP \(status). The key works only from the IP addresses") == true)
        }
    }

    @Test("A refused key is named by its layer")
    func aRefusedKeyIsNamedByItsLayer() async {
        let failure = await ask(status: 401, envelope("A401", nil)).failure
        #expect(failure?.kind == .refused)
        #expect(failure?.detail.hasPrefix("gateway A401: API key missing or refused. The key works only from") == true)
        let blocked = await ask(status: 403, envelope("A000", "A110")).failure
        #expect(blocked == QuestionFailure(.refused, "service A110: account is blocked", transactionID: "tr-1"))
    }

    @Test(
        "A code of the service keeps its meaning",
        arguments: [
            (403, "A802", QuestionFailure.Kind.rejected), (400, "A401", .rejected), (400, "A502", .rejected),
            (403, "A113", .refused), (401, "A820", .refused), (403, "A920", .unreachable), (400, "A801", .refused),
        ])
    func aCodeOfTheServiceKeepsItsMeaning(status: Int, code: String, kind: QuestionFailure.Kind) async {
        #expect(await ask(status: status, envelope("A000", code)).failure?.kind == kind)
    }

    @Test("An error of the server is unreachable", arguments: [408, 500, 501, 502, 503, 504, 599, 999])
    func anErrorOfTheServerIsUnreachable(status: Int) async {
        let bodies = ["", "<html>", envelope(), envelope("A401", nil), envelope("A000", "A820")]
        for body in bodies {
            let failure = await ask(status: status, body).failure
            #expect(failure?.kind == .unreachable)
            #expect(failure?.detail.hasPrefix("HTTP \(status)") == true)
        }
        let coded = await ask(status: status, envelope("A000", "A920")).failure
        #expect(coded?.detail == "HTTP \(status), service A920: server busy, temporarily unable")
    }

    @Test("What may pass is worth retrying", arguments: [200, 429, 500, 502, 503, 504])
    func whatMayPassIsWorthRetrying(status: Int) async {
        for body in [envelope("A500", nil), envelope("A820", nil), envelope("A000", "A920"), envelope("A000", "A020")] {
            #expect(await ask(status: status, body).failure?.isWorthRetrying == true)
        }
    }

    @Test("No other status is retried whatever its codes", arguments: [400, 403, 404, 408, 413, 499, 501, 505, 599])
    func noOtherStatusIsRetriedWhateverItsCodes(status: Int) async {
        let bodies = [
            "", envelope("A500", nil), envelope("A820", nil), envelope("A000", "A920"), envelope("A000", "A020"),
        ]
        for body in bodies {
            #expect(await ask(status: status, body).failure?.isWorthRetrying == false)
        }
    }

    @Test("A page that is not there is a wrong address", arguments: [404, 405])
    func aPageThatIsNotThereIsAWrongAddress(status: Int) async {
        for body in ["", "<html>not found</html>", "{}", #"{"error":"x"}"#] {
            let failure = await ask(status: status, body).failure
            #expect(failure == QuestionFailure(.refused, "HTTP \(status): wrong api.base_url?"))
        }
    }

    @Test("No such data says that there is no report yet", arguments: [200, 400, 404])
    func noSuchDataIsTheAnswerNoReportYet(status: Int) async {
        #expect(await ask(status: status, envelope("A000", "A820")) == .success([]))
        for content in ["null", "{}", #"{"report":null}"#, #"{"report":[],"messages":[]}"#] {
            let body = envelope("A000", "A820", content: content)
            #expect(await ask(status: status, body) == .success([]))
            #expect(await ask(about: .channels(key), status: status, body) == .success([]))
        }
    }

    @Test("No such data with data is nonsense", arguments: [200, 400])
    func noSuchDataWithDataIsNonsense(status: Int) async {
        for list in ["report", "messages"] {
            let body = envelope("A000", "A820", content: #"{"\#(list)":[\#(report())]}"#)
            for question in [Question.reports(key), .channels(key)] {
                let failure = await ask(about: question, status: status, body).failure
                let detail = #"the answer says "no such data", and has some"#
                #expect(failure == QuestionFailure(.nonsense, detail, transactionID: "tr-1"))
            }
        }
        #expect(await ask(status: status, envelope("A000", "A820", content: "[1]")).failure?.kind == .nonsense)
    }

    @Test("No such data of the gateway is none")
    func noSuchDataOfTheGatewayIsNone() async {
        #expect(await ask(envelope("A820", "A820")).failure?.kind == .unreachable)
    }

    @Test(
        "What is no envelope is nonsense",
        arguments: [
            "", " \n", "<html>", "[]", "1", "null", #""A000""#, "{", "{}", #"{"code":"A000","data":{"report":[]}}"#,
            #"{"common":{"authCode":"A000"}}"#, #"{"common":{"authCode":"A000"},"data":null}"#,
            #"{"common":{"authCode":"A000"},"data":[]}"#, #"{"common":{"authCode":"A000"},"data":{"data":{}}}"#,
            #"{"common":{"authCode":""},"data":{"code":"A000"}}"#,
            #"{"common":{"authCode":"A000"},"data":{"code":""}}"#,
            #"{"common":{"authCode":["A000"]},"data":{"code":"A000"}}"#, #"{"common":"A000","data":{"code":"A000"}}"#,
            #"{"data":{"code":"A000","data":{"report":[]}}}"#,
            #"{"COMMON":{"authCode":"A000"},"data":{"code":"A000"}}"#,
        ])
    func whatIsNoEnvelopeIsNonsense(body: String) async {
        for status in [200, 204, 400, 418] {
            let failure = await ask(status: status, body).failure
            #expect(failure?.kind == .nonsense)
            #expect(failure?.detail.hasPrefix("HTTP \(status): ") == true)
        }
    }

    @Test("Success in the codes alone is nonsense", arguments: [400, 404, 409, 422])
    func successInTheCodesAloneIsNonsense(status: Int) async {
        #expect(await ask(status: status, envelope(content: #"{"report":[]}"#)).failure?.kind == .nonsense)
    }

    @Test("Every code of the gateway is judged as the gateway's")
    func everyCodeOfTheGatewayIsJudgedAsTheGateways() async {
        for entry in ServiceCodeTable.entries where entry.layer == .gateway && entry.code != "A000" {
            // The service's word does not count where the gateway says no.
            for service in [nil, "A000", "A820"] {
                let failure = await ask(envelope(entry.code, service, content: "{}")).failure
                let expected: QuestionFailure.Kind =
                    switch entry.meaning {
                    case .auth: .refused
                    case .request: ["A404", "A405"].contains(entry.code) ? .refused : .rejected
                    default: .unreachable
                    }
                #expect(failure?.kind == expected)
                #expect(failure?.detail.hasPrefix("gateway \(entry.code): \(entry.gloss)") == true)
            }
        }
    }

    @Test("Every code of the service is judged as the service's")
    func everyCodeOfTheServiceIsJudgedAsTheServices() async {
        for entry in ServiceCodeTable.entries where entry.layer == .service && entry.code != "A000" {
            let content = entry.meaning == .noData ? nil : #"{"report":[\#(report())]}"#
            let answer = await ask(envelope("A000", entry.code, content: content))
            switch entry.meaning {
            case .noData: #expect(answer == .success([]))
            case .rateLimit: #expect(answer.failure?.kind == .rateLimited(retryAfter: nil))
            case .auth, .notPermitted: #expect(answer.failure?.kind == .refused)
            case .transient: #expect(answer.failure?.kind == .unreachable)
            case .unknown: #expect(answer.failure?.kind == (entry.code == "A999" ? .unreachable : .rejected))
            case .request, .duplicate, .success: #expect(answer.failure?.kind == .rejected)
            }
            guard let failure = answer.failure else { continue }
            #expect(failure.detail.hasPrefix("service \(entry.code): \(entry.gloss)"))
            #expect(failure.detail.count == "service \(entry.code): \(entry.gloss)".count || entry.code == "A801")
        }
    }

    @Test(
        "A code nobody documented is no success",
        arguments: ["A777", "a000", "A0000", "01012345678", "A000 ", "Ａ000", "<script>", "A00"])
    func aCodeNobodyDocumentedIsNoSuccess(code: String) async {
        let gateway = await ask(envelope(code, "A000", content: "{}")).failure
        #expect(gateway?.kind == .unreachable)
        let service = await ask(envelope("A000", code, content: "{}")).failure
        #expect(service?.kind == .rejected)
        for failure in [gateway, service] where code != "A777" {
            #expect(failure?.detail.contains(code) == false)
        }
    }

    @Test(
        "A transaction ID is kept if it is harmless",
        arguments: [
            ("tr-1", "tr-1"), ("20260112_aB.9", "20260112_aB.9"), ("", nil), ("a b", nil), ("a\\nb", nil), ("<x>", nil),
            (String(repeating: "a", count: 64), String(repeating: "a", count: 64)),
            (String(repeating: "a", count: 65), nil),
        ] as [(String, String?)])
    func aTransactionIDIsKeptIfItIsHarmless(text: String, kept: String?) async {
        let body = #"{"common":{"authCode":"A500","infobankTrId":"\#(text)"}}"#
        #expect(await ask(body).failure?.transactionID == kept)
    }

    @Test("Nothing of the provider's is ever repeated")
    func nothingOfTheProvidersIsEverRepeated() async {
        for status in [200, 201, 204, 302, 400, 401, 403, 404, 405, 407, 408, 413, 429, 500, 503] {
            for gateway in [nil, "A000", "A100", "A401", "A404", "A503", "SECRET"] {
                for service in [nil, "A000", "A020", "A110", "A401", "A820", "A920", "A999", "SECRET"] {
                    for content in [nil, "{}", #"{"report":["SECRET"]}"#, #"{"report":[{"msgKey":"SECRET"}]}"#] {
                        let answer = await ask(status: status, envelope(gateway, service, content: content))
                        guard let failure = answer.failure else { continue }
                        #expect(!failure.detail.isEmpty)
                        #expect(!failure.detail.contains("SECRET"))
                        #expect(!failure.detail.contains(key.text))
                    }
                }
            }
        }
    }
}
