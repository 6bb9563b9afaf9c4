internal import BizgoAPI
internal import Configuration
internal import CurlTransport
internal import Engine

extension BizgoProvider {
    /// The provider as it is configured.
    convenience init(_ setup: Setup, time: any Timekeeper) {
        let api = setup.settings.api
        let generation: Generation =
            switch api.generation {
            case .comm: .comm
            // The configuration is refused without one.
            case .omni: .omni(clientID: api.clientID ?? "")
            }
        self.init(
            transport: CurlTransport(setup.settings.transport), generation: generation, baseURL: api.baseURL, time: time
        ) { setup.credential.reveal() }
    }
}
