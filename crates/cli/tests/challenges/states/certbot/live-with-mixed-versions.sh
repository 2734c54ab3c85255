# One of the links leads to another version than the others.
# renewal: works
# nginx: has the new certificate
# says:
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
enable tls
certbot renew --force-renewal
ln -sfn ../../archive/example.com/privkey1.pem /etc/letsencrypt/live/example.com/privkey.pem
