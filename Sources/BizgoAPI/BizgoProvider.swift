package import Engine
package import Reconciliation

/// The provider, asked over HTTP.
@Loop
package final class BizgoProvider: Provider {
    private let transport: any HTTPTransport
    private let generation: Generation
    private let baseURL: String
    private let credential: @Loop () -> String
    private let timeout: Duration?

    /// - Parameters:
    ///   - baseURL: `https://mars.ibapi.kr`, with or without a slash at its end.
    ///   - credential: the API key, raw; asked for with every question, so that it can change.
    ///   - timeout: for one question; nil for the transport's own.
    package init(
        transport: any HTTPTransport, generation: Generation, baseURL: String, timeout: Duration? = nil,
        credential: @escaping @Loop () -> String
    ) {
        self.transport = transport
        self.generation = generation
        self.baseURL = baseURL
        self.timeout = timeout
        self.credential = credential
    }

    package var canAskChannels: Bool {
        switch generation {
        case .comm: true
        }
    }

    package func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        guard question.key.canBeAsked else {
            throw QuestionFailure(.rejected, "not asked: the message key is empty, \".\" or \"..\"")
        }
        switch generation {
        case .comm:
            var request = Comm.request(for: question, baseURL: baseURL, key: credential())
            request.timeout = timeout
            return try Comm.entries(in: try await exchange(request), for: question)
        }
    }

    private func exchange(_ request: HTTPRequest) async throws(QuestionFailure) -> HTTPResponse {
        do {
            return try await transport.send(request)
        } catch {
            throw QuestionFailure(error)
        }
    }
}
