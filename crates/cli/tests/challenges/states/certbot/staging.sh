# The certificates are for tests.
# apart: renewals work, and browsers do not trust what comes of them
# renewal: works
# nginx: has the new certificate
# says: renewal-from-staging
certbot certonly --webroot --webroot-path /var/www/html --domain example.com \
    --server https://acme-staging-v02.api.letsencrypt.org:14000/dir
enable tls
