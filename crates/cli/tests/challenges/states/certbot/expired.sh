# The certificate has expired, because nobody renewed it; certbot would.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
expired=$(cat /etc/letsencrypt/live/example.com/privkey.pem)
expire /etc/letsencrypt/archive/example.com
enable tls
