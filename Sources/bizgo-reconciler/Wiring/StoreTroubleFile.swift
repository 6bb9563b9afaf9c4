internal import Alerting
internal import Ledger

extension StoreTroubleFile {
    /// Beside a database's file. Of a server's database it is in the service's own folder, where systemd has made one; else
    /// there is none, and each process tells by itself.
    init?(_ place: LedgerConfiguration.Place) {
        switch place {
        case .file(let path): self.init(besideDatabase: path)
        case .server:
            guard let folder = LoadedConfiguration.environment["STATE_DIRECTORY"]?.split(separator: ":").first else {
                return nil
            }
            self.init(besideDatabase: "\(folder)/server")
        }
    }
}
