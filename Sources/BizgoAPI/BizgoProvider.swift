package import Engine
package import Reconciliation

/// The provider, asked over HTTP.
@EventLoop
package final class BizgoProvider: Provider {
    private let transport: any HTTPTransport
    package let endpoints: Set<Endpoint>
    private let generation: Generation
    private let baseURL: String
    private let credential: @EventLoop () -> String
    private let time: any Timekeeper
    /// Generation `omni` only.
    private var keeper = TokenKeeper()

    /// - Parameters:
    ///   - baseURL: `https://mars.ibapi.kr`, with or without a slash at its end.
    ///   - time: tells when a token has expired.
    ///   - credential: in `comm` the API key, raw, asked for with every question; in `omni` the client's password, asked
    ///     for with every request for a token; so that it can change.
    package init(
        transport: any HTTPTransport, generation: Generation, baseURL: String,
        time: any Timekeeper = SystemTime(), credential: @escaping @EventLoop () -> String
    ) {
        self.transport = transport
        self.generation = generation
        endpoints = generation.endpoints
        self.baseURL = baseURL
        self.time = time
        self.credential = credential
    }

    package var access: Access {
        switch generation {
        case .comm: .granted
        case .omni: keeper.access(at: time.uptime)
        }
    }

    package func obtainAccess() async throws(QuestionFailure) {
        guard case .omni(let clientID) = generation else { return }
        do throws(QuestionFailure) {
            let request = generation.tokenRequest(baseURL: baseURL, clientID: clientID, password: credential())
            keeper.granted(try Answer(generation, try await exchange(request)).grant(at: time.now), at: time.uptime)
        } catch {
            keeper.failed(error.kind, at: time.uptime)
            throw error
        }
    }

    package func ask(_ question: Question) async throws(QuestionFailure) -> [ReportEntry] {
        if let key = question.key, !key.canBeAsked {
            throw QuestionFailure(.rejected, "not asked: the message key is empty, \".\" or \"..\"")
        }
        return try await put(question.endpoint, Generation.path(of: question)) { answer throws(QuestionFailure) in
            try answer.entries(for: question)
        }
    }

    package func history(_ question: HistoryQuestion) async throws(QuestionFailure) -> HistoryPage {
        try await put(.history, Generation.path(of: question)) { answer throws(QuestionFailure) in try answer.page() }
    }

    package func poll() async throws(QuestionFailure) -> ReportBatch? {
        try await put(.polling, Generation.pollingPath) { answer throws(QuestionFailure) in try answer.batch() }
    }

    package func acknowledge(_ id: String) async throws(QuestionFailure) {
        try await put(.pollingAck, Generation.acknowledgePath(id), method: .delete) { answer throws(QuestionFailure) in
            try answer.acknowledgement()
        }
    }

    package func send(_ body: [UInt8], recipients: Int) async -> SendReply {
        guard endpoints.contains(.send) else { return .refused("not sent: this generation of the API cannot send") }
        do throws(QuestionFailure) {
            let request = generation.request(
                Generation.sendPath, method: .post, body: body, baseURL: baseURL, authorization: try authorization())
            return Answer(generation, try await exchange(request)).reply(recipients: recipients)
        } catch {
            return SendReply(error)
        }
    }

    package func sent(_ question: HistoryQuestion) async throws(QuestionFailure) -> SentPage {
        try await put(.history, Generation.path(of: question)) { answer throws(QuestionFailure) in
            try answer.sentPage()
        }
    }

    package func statistics(_ question: StatisticsQuestion) async throws(QuestionFailure) -> [DailyStatistics] {
        try await put(.statistics, Generation.path(of: question)) { answer throws(QuestionFailure) in
            try answer.statistics(of: question.days)
        }
    }

    package func senderProfile(_ key: SenderKey) async throws(QuestionFailure) -> SenderProfile? {
        try await put(.senderProfile, Generation.profilePath(key)) { answer throws(QuestionFailure) in
            try answer.senderProfile(of: key)
        }
    }

    package func senderSanction(_ key: SenderKey, on day: KoreanDay) async throws(QuestionFailure) -> SenderSanction? {
        try await put(.senderSanction, Generation.sanctionPath(key, on: day)) { answer throws(QuestionFailure) in
            try answer.senderSanction(of: key)
        }
    }

    private func put<Reading>(
        _ endpoint: Endpoint, _ path: String, method: HTTPRequest.Method = .get,
        _ read: (Answer) throws(QuestionFailure) -> Reading
    ) async throws(QuestionFailure) -> Reading {
        guard endpoints.contains(endpoint) else {
            throw .notAskable(endpoint)
        }
        let authorization = try authorization()
        let request = generation.request(path, method: method, baseURL: baseURL, authorization: authorization)
        let answer = Answer(generation, try await exchange(request))
        do throws(QuestionFailure) {
            return try read(answer)
        } catch {
            guard error.kind == .lapsed, keeper.refused(authorization, at: time.uptime) == .final else { throw error }
            throw error.asRefusal
        }
    }

    private func authorization() throws(QuestionFailure) -> Authorization {
        switch generation {
        case .comm: return Authorization(credential())
        case .omni:
            guard let authorization = keeper.authorization(at: time.uptime) else {
                throw QuestionFailure(.lapsed, "not asked: there is no token")
            }
            return authorization
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
