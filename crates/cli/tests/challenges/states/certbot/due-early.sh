# The certificate is due long before it expires.
# renew: certbot renew
# apart: it is renewed at every run, until the authority refuses
# renewal: works
# nginx: has the new certificate
# says: renewal-too-rare
certbot certonly --webroot --webroot-path /var/www/html --domain example.com
sed -i '1i renew_before_expiry = 9999 days' /etc/letsencrypt/renewal/example.com.conf
enable tls
