internal import BizgoAPI
internal import CurlTransport
internal import Engine
internal import Operations
internal import Reconciliation

extension BizgoProvider {
    /// The provider as it is configured.
    /// - Parameter transport: nil for one of its own.
    convenience init(_ setup: Setup, over transport: CurlTransport? = nil, time: any Timekeeper) {
        let api = setup.settings.api
        let generation: Generation =
            switch api.generation {
            case .comm: .comm
            // The configuration is refused without one.
            case .omni: .omni(clientID: api.clientID ?? "")
            }
        self.init(
            transport: transport ?? CurlTransport(setup.settings.transport), generation: generation,
            baseURL: api.baseURL, time: time
        ) { setup.credential.reveal() }
    }
}

extension ProviderGate {
    /// - Parameter health: as the process before this one left it; nil where there was none.
    convenience init(
        _ setup: Setup, over transport: CurlTransport, health: ProviderHealth?, time: any Timekeeper, meter: any Meter
    ) {
        let api = setup.settings.api
        self.init(
            provider: BizgoProvider(setup, over: transport, time: time),
            bucket: TokenBucket(ratePerSecond: api.requestsPerSecond, burst: api.burst, now: time.uptime),
            health: health ?? ProviderHealth(since: time.now), time: time, random: SystemRandomNumberGenerator(),
            meter: meter)
    }
}
