import BizgoAPI
import Engine
import Reconciliation

let key = MessageKey("20260112-0001-001")

/// Gives one prepared answer to every request, and keeps the requests.
@EventLoop
final class ScriptedTransport: HTTPTransport {
    private(set) var requests: [HTTPRequest] = []
    private let outcome: Result<HTTPResponse, TransportError>

    init(_ outcome: Result<HTTPResponse, TransportError>) {
        self.outcome = outcome
    }

    func send(_ request: HTTPRequest) async throws(TransportError) -> HTTPResponse {
        requests.append(request)
        return try outcome.get()
    }
}

/// What the provider makes of one answer, as it would over HTTP.
@EventLoop
func ask(
    about question: Question = .reports(key), status: Int = 200, headers: [HTTPHeader] = [], _ body: [UInt8]
) async -> Result<[ReportEntry], QuestionFailure> {
    let transport = ScriptedTransport(.success(HTTPResponse(status: status, headers: headers, body: body)))
    let provider = BizgoProvider(transport: transport, generation: .comm, baseURL: "https://p.test") { "key" }
    do throws(QuestionFailure) {
        return .success(try await provider.ask(question))
    } catch {
        return .failure(error)
    }
}

@EventLoop
func ask(
    about question: Question = .reports(key), status: Int = 200, headers: [HTTPHeader] = [], _ body: String
) async -> Result<[ReportEntry], QuestionFailure> {
    await ask(about: question, status: status, headers: headers, Array(body.utf8))
}

/// An envelope; nil leaves a member out, and texts of the provider's that must never be seen are always there.
func envelope(_ gateway: String? = "A000", _ service: String? = "A000", content: String? = nil) -> String {
    var members: [String] = []
    if let gateway {
        members.append(
            #""common":{"authCode":"\#(gateway)","authResult":"SECRET WORDS","infobankTrId":"tr-1"}"#)
    }
    if let service {
        let data = content.map { #","data":\#($0)"# } ?? ""
        members.append(#""data":{"code":"\#(service)","result":"SECRET WORDS"\#(data)}"#)
    }
    return "{" + members.joined(separator: ",") + "}"
}

/// A report about `key`.
func report(_ members: String = #""reportCode":"10000""#) -> String {
    #"{"msgKey":"\#(key.text)",\#(members)}"#
}

extension Result where Failure == QuestionFailure {
    var failure: QuestionFailure? {
        if case .failure(let failure) = self { failure } else { nil }
    }

    var value: Success? { try? get() }
}
