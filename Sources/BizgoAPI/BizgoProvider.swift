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

    package var endpoints: Set<Endpoint> {
        switch generation {
        case .comm: Set(Endpoint.allCases)
        }
    }

    package func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        if let key = question.key, !key.canBeAsked {
            throw QuestionFailure(.rejected, "not asked: the message key is empty, \".\" or \"..\"")
        }
        switch generation {
        case .comm: return try Comm.entries(in: try await comm(Comm.path(of: question)), for: question)
        }
    }

    package func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        switch generation {
        case .comm: return try Comm.page(in: try await comm(Comm.path(of: question)))
        }
    }

    package func poll() async throws(QuestionFailure) -> ReportBatch? {
        switch generation {
        case .comm: return try Comm.batch(in: try await comm(Comm.pollingPath))
        }
    }

    package func acknowledge(_ id: String) async throws(QuestionFailure) {
        switch generation {
        case .comm:
            try Comm.acknowledgement(in: try await comm(Comm.acknowledgePath(id), method: .delete))
        }
    }

    private func comm(
        _ path: String, method: HTTPRequest.Method = .get
    ) async throws(QuestionFailure) -> HTTPResponse {
        try await exchange(Comm.request(path, method: method, baseURL: baseURL, key: credential()))
    }

    private func exchange(_ request: HTTPRequest) async throws(QuestionFailure) -> HTTPResponse {
        var request = request
        request.timeout = timeout
        do {
            return try await transport.send(request)
        } catch {
            throw QuestionFailure(error)
        }
    }
}
