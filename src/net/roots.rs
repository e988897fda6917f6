//! Whose certificates are believed beside those every browser believes.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use ureq::tls::{Certificate, RootCerts};

use crate::error::{Error, Result};

/// Certificate authorities trusted beside the built-in ones, such as that of a home
/// network. None by default.
#[derive(Debug, Clone, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads the certificates of a PEM file; keys and other things in it are passed over.
    ///
    /// # Errors
    /// `Invalid` when it holds no certificate, or one that cannot be used. One that was
    /// passed over would be missed only when sites fail.
    pub fn parse(pem: &[u8]) -> Result<Self> {
        let invalid = |reason: String| Error::invalid("fetch.ca_file", reason);
        let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| invalid(format!("is no PEM: {error}")))?;
        if found.is_empty() {
            return Err(invalid("no certificate found, expected one or more in PEM".to_owned()));
        }
        for (certificate, number) in found.iter().zip(1..) {
            RootCertStore::empty().add(certificate.clone()).map_err(|_| {
                invalid(format!("certificate {number} is not one of an authority that can be used"))
            })?;
        }
        Ok(Self(found))
    }

    /// Those beside the built-in ones, in DER.
    pub fn added(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// All that is trusted, as the client wants it. The built-in ones come without
    /// parsing where there are no others.
    pub(super) fn trusted(&self) -> RootCerts {
        if self.0.is_empty() {
            return RootCerts::WebPki;
        }
        let built_in = webpki_root_certs::TLS_SERVER_ROOT_CERTS;
        let own = self.0.iter().map(|root| Certificate::from_der(root).to_owned());
        built_in.iter().map(|root| Certificate::from_der(root)).chain(own).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::fake_ca::FakeCa;

    #[test]
    fn every_certificate_of_a_file_is_read_and_other_things_are_passed_over() {
        let (one, two) = (FakeCa::new().pem(), FakeCa::new().pem());
        let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
        let file = format!("# ours\n{one}\n{key}{two}");
        let roots = Roots::parse(file.as_bytes()).unwrap();
        assert_eq!(roots.0.len(), 2);
        let RootCerts::Specific(all) = roots.trusted() else { panic!("these were passed over") };
        assert_eq!(all.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len() + 2);
        assert!(matches!(Roots::default().trusted(), RootCerts::WebPki));
    }

    #[test]
    fn a_file_that_trusts_nobody_is_refused_with_the_reason() {
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let cut_off = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        let good = FakeCa::new().pem();
        for (file, reason) in [
            (String::new(), "no certificate found"),
            ("hello".to_owned(), "no certificate found"),
            (broken.to_owned(), "certificate 1 is not"),
            (format!("{good}{broken}"), "certificate 2 is not"),
            (format!("{good}{cut_off}"), "is no PEM"),
        ] {
            let error = Roots::parse(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
